package app_test

import (
	"strings"
	"testing"
)

const configFields = `config {
  tokenExpiration tokenAutoRenewal flowVersioning gatewayExpression superusers apiGatewayCredentialName
  uniformApi {
    apis { key metaApis apiCategories displayName sourceKey catalogMode headers }
    excludeNoneFields enableApiParameterConversion enableStandardResponse
  }
}`

func TestASpaceShowsItsSettings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	read := func() any {
		t.Helper()
		return at(c.query(t, `query($id: ID!) { node(id: $id) { ... on Space { `+configFields+` } } }`, vars{"id": c.space}), "node")
	}
	same(t, read(), "config", `{
		"tokenExpiration": "1h", "tokenAutoRenewal": true, "flowVersioning": true, "gatewayExpression": "BOOLRULE",
		"superusers": ["ours-user"], "apiGatewayCredentialName": null,
		"uniformApi": {"apis": [], "excludeNoneFields": false, "enableApiParameterConversion": false, "enableStandardResponse": false}
	}`)
	const changed = `{
		"tokenExpiration": "2h", "tokenAutoRenewal": false, "flowVersioning": false, "gatewayExpression": "MAKO",
		"superusers": ["ann"], "apiGatewayCredentialName": {"default": "D", "project_1": "P"},
		"uniformApi": {
			"apis": [{"key": "main", "metaApis": "https://x.example/meta?a=1&b=2", "apiCategories": "", "displayName": "", "sourceKey": "",
				"catalogMode": "CACHE_FIRST", "headers": {"X-A": "${_system.operator}"}}],
			"excludeNoneFields": true, "enableApiParameterConversion": false, "enableStandardResponse": true
		}
	}`
	payload := c.configure(t, vars{
		"tokenExpiration": "2h", "tokenAutoRenewal": false, "flowVersioning": false, "gatewayExpression": "MAKO",
		"superusers": []string{"ann"}, "apiGatewayCredentialName": raw(`{"default": "D", "project_1": "P"}`),
		"uniformApi": vars{
			"apis":              []vars{{"key": "main", "metaApis": "https://x.example/meta?a=1&b=2", "catalogMode": "CACHE_FIRST", "headers": raw(`{"X-A": "${_system.operator}"}`)}},
			"excludeNoneFields": true, "enableApiParameterConversion": "false", "enableStandardResponse": "true",
		},
	})
	same(t, payload, "space.config", changed)
	same(t, read(), "config", changed)
	// null takes the name away, and leaving it out does not.
	same(t, c.configure(t, vars{"flowVersioning": true}), "space.config.apiGatewayCredentialName", `{"default": "D", "project_1": "P"}`)
	same(t, c.configure(t, vars{"apiGatewayCredentialName": nil}), "space.config.apiGatewayCredentialName", `null`)
}

func TestAllProblemsOfSettingsAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	const document = `mutation($input: SetSpaceConfigInput!) { setSpaceConfig(input: $input) { space { id } userErrors` + problemFields + ` } }`
	s.unchanged(t, func() {
		a := c.ask(t, document, vars{"input": vars{
			"spaceId": c.space, "tokenExpiration": "5m", "superusers": []string{""}, "apiGatewayCredentialName": 5,
			"uniformApi": vars{"apis": []vars{{"key": "a b", "metaApis": "x"}}, "excludeNoneFields": "maybe"},
		}})
		equalProblems(t, "problems", problemsAt(a.data, "setSpaceConfig.userErrors"), []string{
			"INVALID_VALUE input.tokenExpiration", "BLANK input.superusers.0", "WRONG_TYPE input.apiGatewayCredentialName",
			"INVALID_VALUE input.uniformApi.apis.0.key", "INVALID_VALUE input.uniformApi.apis.0.metaApis",
			"WRONG_TYPE input.uniformApi.excludeNoneFields",
		})
		for _, id := range []string{s.theirs.space, "4711", "x"} {
			a := c.ask(t, document, vars{"input": vars{"spaceId": id, "flowVersioning": true}})
			equalProblems(t, "a space that is not ours", problemsAt(a.data, "setSpaceConfig.userErrors"), []string{"NOT_FOUND input.spaceId"})
		}
	})
}

// What a release needs depends on a setting, at once.
func TestVersioningFollowsTheSetting(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	const selection = "template { draft { id } releasedVersion { id } }"
	for _, on := range []bool{true, false, true} {
		c.configure(t, vars{"flowVersioning": on})
		payload := c.change(t, "createTemplate", "CreateTemplateInput", selection, vars{"spaceId": c.space, "name": "t", "pipelineTree": order(t)})
		if draft := at(payload, "template.draft") != nil; draft != on {
			t.Errorf("versioning %v: %s", on, asJSON(payload))
		}
	}
}

// Settings of several spaces cost one statement, credentials another.
func TestSettingsOfSeveralSpacesAreReadTogether(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	c.newSpace(t, "second")
	c.newSpace(t, "third")
	c.credential(t, "N", "BK_APP", appPair("space-n"))
	count := func(selection string) int {
		t.Helper()
		document := `{ viewer { spaces { id ` + selection + ` } } }`
		c.query(t, document, nil)
		a := c.ask(t, document, nil)
		if len(a.errors) > 0 || len(list(a.data, "viewer.spaces")) != 3 {
			t.Fatalf("%s", a.body)
		}
		return len(a.statements)
	}
	bare := count("")
	if n := count(configFields); n != bare+1 {
		t.Errorf("%d statements with settings, %d without", n, bare)
	}
	if n := count(configFields + " credentials { id name content scopes { scopeType } }"); n != bare+2 {
		t.Errorf("%d statements with both, %d without", n, bare)
	}
	c.template(t, order(t))
	a := c.ask(t, `{ templates { nodes { space { name `+configFields+` credentials { name content } } } } }`, nil)
	same(t, a.data, "templates.nodes.0.space.credentials", `[{"name": "N", "content": {"bk_app_code": "space-n", "bk_app_secret": "******"}}]`)
	for _, statement := range a.statements {
		if strings.Contains(statement, "`sealed`") || strings.Contains(statement, `"sealed"`) {
			t.Errorf("the sealed content is read: %s", statement)
		}
	}
}

func TestACredentialIsANode(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.ours.credential(t, "N", "BASIC_AUTH", `{"username": "u", "password": "s3cr3t"}`)
	const document = `query($id: ID!) { node(id: $id) { __typename ... on Credential {
		id spaceId name description type scopeLevel scopes { scopeType scopeValue } content creator operator } } }`
	same(t, s.ours.query(t, document, vars{"id": id}), "node", `{
		"__typename": "Credential", "id": "`+id+`", "spaceId": "`+s.ours.space+`", "name": "N", "description": "", "type": "BASIC_AUTH",
		"scopeLevel": "NONE", "scopes": [], "content": {"username": "u", "password": "******"}, "creator": "ours-user", "operator": "ours-user"
	}`)
	same(t, s.theirs.query(t, document, vars{"id": id}), "node", `null`)
	payload := s.ours.change(t, "updateCredential", "UpdateCredentialInput", "credential { name scopeLevel scopes { scopeType scopeValue } }", vars{
		"id": id, "name": "M", "scopeLevel": "PART", "scopes": []vars{{"scopeType": "project", "scopeValue": "1"}},
	})
	same(t, payload, "credential", `{"name": "M", "scopeLevel": "PART", "scopes": [{"scopeType": "project", "scopeValue": "1"}]}`)
	const remove = `mutation($id: ID!) { deleteCredential(input: {id: $id}) { deletedId userErrors` + problemFields + ` } }`
	equalProblems(t, "somebody else's", problemsAt(s.theirs.ask(t, remove, vars{"id": id}).data, "deleteCredential.userErrors"), []string{"NOT_FOUND input.id"})
	same(t, s.ours.query(t, remove, vars{"id": id}), "deleteCredential", `{"deletedId": "`+id+`", "userErrors": []}`)
	same(t, s.ours.query(t, document, vars{"id": id}), "node", `null`)
}
