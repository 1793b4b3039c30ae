package app_test

import (
	"maps"
	"strings"
	"testing"
)

// Rows 66 to 75, 87c and 87d of the edge cases (domain §7): whose credential a
// uniform_api node would call with, through the real handler.

const credentialsDocument = `query($input: CreateMockTaskInput!) {
  previewMockTask(input: $input) { credentials { nodeId source name appCode problem skipped } userErrors` + problemFields + ` }
}`

// callerTree is the order tree whose node nfetch is of this version and asks for the
// credential of that key, "" for none.
func callerTree(t testing.TB, version, key string, pairs ...string) []byte {
	t.Helper()
	if key != "" {
		const first = `"order_no": {"hook"`
		pairs = append(pairs, first, `"uniform_api_plugin_credential_key": {"hook": false, "need_render": true, "value": "`+key+`"}, `+first)
	}
	return []byte(strings.Replace(string(order(t, pairs...)), `"v3.0.0"`, `"`+version+`"`, 1))
}

// credential stores a credential of the space.
func (c *client) credential(t testing.TB, name, typ, content string) string {
	t.Helper()
	return text(c.change(t, "createCredential", "CreateCredentialInput", "credential { id }", vars{
		"spaceId": c.space, "name": name, "type": typ, "content": raw(content),
	}), "credential.id")
}

// configure changes settings of the space.
func (c *client) configure(t testing.TB, settings vars) any {
	t.Helper()
	input := vars{"spaceId": c.space}
	maps.Copy(input, settings)
	return c.change(t, "setSpaceConfig", "SetSpaceConfigInput", "space { id "+configFields+" }", input)
}

func appPair(code string) string {
	return `{"bk_app_code": "` + code + `", "bk_app_secret": "s3cr3t of ` + code + `"}`
}

func TestRowsOfResolutionOverHTTP(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	c.credential(t, "N", "BK_APP", appPair("space-n"))
	c.credential(t, "M", "BK_APP", appPair("space-m"))
	c.credential(t, "basic", "BASIC_AUTH", `{"username": "u", "password": "s3cr3t of u"}`)
	gone := c.credential(t, "gone", "BK_APP", appPair("gone"))
	c.change(t, "deleteCredential", "DeleteCredentialInput", "deletedId", vars{"id": gone})
	scoped := vars{"scopeType": "project", "scopeValue": "123"}
	given := vars{"K": encode(appPair("task-k")), "N": encode(appPair("task-n"))}

	for _, test := range []struct {
		name, version, key string
		setting            any
		template, task     vars
		want               string // source, name, code, or the problem
	}{
		{"66 the key is in the task", "v3.0.0", "K", "N", nil, given, "TASK K task-k"},
		{"66 the same for version 4", "v4.0.0", "K", "N", nil, given, "TASK K task-k"},
		{"67 the key is unknown", "v3.0.0", "other", "N", nil, given, "SPACE N space-n"},
		{"68 no key, N is in the task", "v3.0.0", "", "N", nil, given, "TASK N task-n"},
		{"69 no key, N is not in the task", "v3.0.0", "", "N", nil, vars{"K": given["K"]}, "SPACE N space-n"},
		{"69 nothing in the task", "v3.0.0", "", "N", nil, nil, "SPACE N space-n"},
		{"70 the name by scope", "v3.0.0", "", vars{"default": "N", "project_123": "M"}, scoped, nil, "SPACE M space-m"},
		{"70 the task's by that name", "v3.0.0", "", vars{"default": "M", "project_123": "N"}, scoped, given, "TASK N task-n"},
		{"71 another scope", "v3.0.0", "", vars{"default": "N", "project_9": "M"}, scoped, nil, "SPACE N space-n"},
		{"71 no scope", "v3.0.0", "", vars{"default": "N", "project_123": "M"}, nil, nil, "SPACE N space-n"},
		{"72 no such row", "v3.0.0", "", vars{"default": "X"}, nil, nil, "cannot be used: the space has no credential of that name"},
		{"72 a row of another type", "v3.0.0", "", "basic", nil, nil, "is of type BASIC_AUTH"},
		{"73 the row was deleted", "v3.0.0", "", "gone", nil, nil, "the space has no credential of that name"},
		{"74 nothing resolves", "v3.0.0", "", nil, nil, nil, "names no credential"},
		{"75 version 2 ignores the task's", "v2.0.0", "K", "N", nil, given, "SPACE N space-n"},
		{"75 version 1 ignores the task's", "v1.0.0", "K", nil, nil, given, "names no credential"},
		{"87d the key is the name and in the task", "v3.0.0", "N", "N", nil, given, "TASK N task-n"},
		{"a constant gives the key", "v3.0.0", "${region}", "N", nil, vars{"north": encode(appPair("north"))}, "TASK north north"},
		{"a variable hides the key", "v3.0.0", "${greeting}", "N", nil, given, "only a run can tell"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.configure(t, vars{"apiGatewayCredentialName": test.setting})
			id := c.template(t, callerTree(t, test.version, test.key), test.template)
			in := input(id)
			if test.task != nil {
				in["credentials"] = test.task
			}
			a := c.ask(t, credentialsDocument, vars{"input": in})
			nodes := list(a.data, "previewMockTask.credentials")
			if len(nodes) != 1 || text(nodes[0], "nodeId") != "nfetch" {
				t.Fatalf("%s", a.body)
			}
			got := strings.Join([]string{text(nodes[0], "source"), text(nodes[0], "name"), text(nodes[0], "appCode")}, " ")
			if problem := text(nodes[0], "problem"); problem != "" {
				got = problem + asJSON(at(nodes[0], "skipped"))
				if at(nodes[0], "source") != nil || at(nodes[0], "name") != nil || at(nodes[0], "appCode") != nil {
					t.Errorf("a problem and a credential: %s", asJSON(nodes[0]))
				}
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("%s, want %q", asJSON(nodes[0]), test.want)
			}
			if strings.Contains(string(a.body), "s3cr3t") {
				t.Errorf("a secret is in %s", a.body)
			}
		})
	}
}

func TestInnerNodesAndMockedOnes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	c.credential(t, "N", "BK_APP", appPair("space-n"))
	c.configure(t, vars{"apiGatewayCredentialName": "N"})
	// 87c: a node of a native sub-process runs in the same task and has its credentials.
	id := c.template(t, callerTree(t, "v3.0.0", "", `"component": {"code": "bk_display", "version": "v1.0", "data": {}}`,
		`"component": {"code": "uniform_api", "version": "v3.0.0", "data": {}}`))
	ids := func(more vars) string {
		t.Helper()
		data := c.query(t, credentialsDocument, vars{"input": input(id, more)})
		var found []string
		for _, n := range list(data, "previewMockTask.credentials") {
			found = append(found, text(n, "nodeId")+" "+text(n, "source")+" "+text(n, "appCode"))
		}
		return strings.Join(found, ", ")
	}
	for _, test := range []struct {
		more vars
		want string
	}{
		{nil, "nfetch SPACE space-n, nsub/inner SPACE space-n"},
		{vars{"credentials": vars{"N": encode(appPair("task-n"))}}, "nfetch TASK task-n, nsub/inner TASK task-n"},
		{vars{"mockData": vars{"nodes": []string{"nfetch"}}}, "nsub/inner SPACE space-n"},
		{vars{"mockData": vars{"nodes": []string{"nsub"}}}, "nfetch SPACE space-n"},
		{vars{"mockData": vars{"nodes": []string{"nsub", "nfetch"}}}, ""},
	} {
		if got := ids(test.more); got != test.want {
			t.Errorf("%s: %q, want %q", asJSON(test.more), got, test.want)
		}
	}
}

// What is not asked for costs nothing.
func TestStatementsOfTheCredentialsPreview(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	c.credential(t, "N", "BK_APP", appPair("space-n"))
	c.configure(t, vars{"apiGatewayCredentialName": "N"})
	id := c.template(t, order(t))
	count := func(document string, more vars) int {
		t.Helper()
		c.query(t, document, vars{"input": input(id, more)}) // fills the caches
		a := c.ask(t, document, vars{"input": input(id, more)})
		if len(a.errors) > 0 {
			t.Fatalf("%s", a.body)
		}
		return len(a.statements)
	}
	without := count(`query($input: CreateMockTaskInput!) { previewMockTask(input: $input) { executionDigest } }`, nil)
	if with := count(credentialsDocument, nil); with != without+2 {
		t.Errorf("%d statements with the credentials, %d without", with, without)
	}
	if mocked := count(credentialsDocument, vars{"mockData": vars{"nodes": []string{"nfetch"}}}); mocked != without {
		t.Errorf("%d statements when the node is mocked, %d without", mocked, without)
	}
	c.configure(t, vars{"apiGatewayCredentialName": nil})
	if none := count(credentialsDocument, nil); none != without+1 {
		t.Errorf("%d statements when the setting names nothing, %d without", none, without)
	}
	// A template that nobody sees has no credentials to tell of.
	same(t, c.query(t, credentialsDocument, vars{"input": input("4711")}), "previewMockTask.credentials", `[]`)
}
