package e2e

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// emptyDatabase makes a PostgreSQL database without tables; the test's end drops it.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	const variable = "TEST_DATABASE_URL"
	server := os.Getenv(variable)
	if server == "" {
		t.Skipf("no PostgreSQL: %s is not set; scripts/postgres run go test ./... sets it", variable)
	}
	named, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is no URL", variable)
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	name := "rehearse_copy_" + hex.EncodeToString(random[:])
	do := func(statement string) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*patience)
		defer cancel()
		admin, err := pgx.Connect(ctx, server)
		if err == nil {
			_, err = admin.Exec(ctx, statement)
			_ = admin.Close(ctx)
		}
		if err != nil {
			t.Error(err)
		}
	}
	do("CREATE DATABASE " + name)
	t.Cleanup(func() { do("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	named.Path = "/" + name
	return named.String()
}

// keyedHost is a host that nodes call. It remembers with what.
type keyedHost struct {
	url, address string

	mu    sync.Mutex
	calls map[string][]string // headers of calls, by the word that the node sends
}

func newKeyedHost(t *testing.T) *keyedHost {
	t.Helper()
	h := &keyedHost{calls: map[string][]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body) // what is missing shows in the word
		var body struct{ Word string }
		_ = json.Unmarshal(raw, &body)
		h.mu.Lock()
		h.calls[body.Word] = append(h.calls[body.Word], r.Header.Get("X-Bkapi-Authorization"))
		times := len(h.calls[body.Word])
		h.mu.Unlock()
		reply(w, map[string]any{"result": body.Word != "refused" || times > 1, "message": "not now", "data": "done"})
	}))
	t.Cleanup(server.Close)
	h.url, h.address = server.URL, strings.TrimPrefix(server.URL, "http://")
	return h
}

// of are the headers of the calls with a word.
func (h *keyedHost) of(word string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.calls[word]...)
}

// calling is a node that calls the host with a word, and the credential of that key.
func (h *keyedHost) calling(word, key string) node {
	n := node{id: word, plugin: "uniform_api", version: "v3.0.0", inputs: map[string]any{
		"uniform_api_plugin_url": h.url + "/", "uniform_api_plugin_method": "POST", "word": word,
	}}
	if key != "" {
		n.inputs["uniform_api_plugin_credential_key"] = key
	}
	return n
}

// held waits until somebody calls back.
func held(id string) node {
	return node{id: id, plugin: "pause_node", version: "legacy", inputs: map[string]any{"description": "wait"}}
}

// The document parts that show everything that is stored.
const (
	allOfSpaces = `{ viewer { appCode isSuperuser spaces { id name description platformUrl creator createTime
	  config { tokenExpiration tokenAutoRenewal flowVersioning gatewayExpression superusers apiGatewayCredentialName }
	  credentials { id spaceId name description type scopeLevel scopes { scopeType scopeValue } content creator operator createTime updateTime } } } }`
	allOfTemplates = `{ templates(first: 50) { totalCount nodes { id spaceId name description scopeType scopeValue notifyConfig isEnabled creator updatedBy
	  createTime updateTime pipelineTree draft { id } releasedVersion { id } effectiveVersion { id } inputSchema { key defaultValue index }
	  mockPresets { id nodeId name outputs isDefault operator createTime updateTime }
	  mockSchemes { id name choices { nodeId presetId } operator createTime updateTime } } } }`
	allOfVersions = `query ($id: ID!) { template(id: $id) { versions(first: 50) { totalCount nodes { id templateId version isDraft description creator operator
	  createTime updateTime snapshotId snapshot { id digest createTime pipelineTree } } } } }`
	allOfTasks = `{ tasks(first: 100) { totalCount nodes { id name state createTime } pageInfo { startCursor endCursor } } }`
	allOfTask  = `query ($id: ID!) { task(id: $id) { id spaceId scopeType scopeValue instanceId templateId name creator createTime createMethod triggerMethod
	  executor startTime finishTime description isStarted isFinished isRevoked isDeleted isExpired state snapshotId executionSnapshotId treeInfoId extraInfo
	  mock { nodes outputs mockDataIds failures } parameters variables outputs lastSeq realCalls
	  progress { total ready running suspended finished failed } operations { id kind operator nodeId time }
	  nodes { id nodeId name type mocked state isSkipped isErrorIgnored decision { why taken }
	    attempts { number state loop retry inputs outputs error failureRule startedAt finishedAt duration credentialSource credentialName
	      httpCalls { method url status sentAt duration error outcome } } }
	  events(first: 500) { __typename seq time ... on HttpCallEvent { nodeId call { outcome status } } ... on OperationEvent { kind operator }
	    ... on NodeStateEvent { nodeId loop to: state error } ... on TaskStateEvent { from2: from to2: state } } } }`
)

// dump is everything that the API shows, by what was asked, as the bytes of the answers.
func dump(t *testing.T, s *server, token string) map[string]string {
	t.Helper()
	all := map[string]string{}
	as := func(who, header, name, document string, variables any) {
		var body struct{ Data, Errors json.RawMessage }
		a := send(t, "POST", s.url+"/graphql", request(document, variables), "Content-Type", "application/json", who, header)
		if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != 200 || body.Errors != nil {
			t.Fatalf("%s: status %d: %s", name, a.status, a.body)
		}
		all[name] = string(body.Data)
	}
	ask := func(name, document string, variables any) {
		as("X-Bkapi-Authorization", s.header, name, document, variables)
	}
	ask("spaces", allOfSpaces, nil)
	ask("templates", allOfTemplates, nil)
	ask("tasks", allOfTasks, nil)
	as("Authorization", "Bearer "+token, "what a browser sees", `{ viewer { appCode username spaces { id } } templates { totalCount } tasks { totalCount } }`, nil)
	for _, n := range query[templates](t, s, listTemplates, nil).Templates.Nodes {
		ask("versions of template "+n.ID, allOfVersions, map[string]any{"id": n.ID})
	}
	for _, n := range list(t, s) {
		ask("task "+n.ID, allOfTask, map[string]any{"id": n.ID})
	}
	return all
}

// moved moves the database in a folder to PostgreSQL, and returns what serves it there.
func moved(t *testing.T, dir string) (args []string) {
	t.Helper()
	to := emptyDatabase(t)
	if r := run(t, dir, nil, "copy", "--to", to); r.code != 1 || !strings.Contains(r.err, "rehearse migrate") {
		t.Errorf("without tables: code %d: %s%s", r.code, r.out, r.err)
	}
	if r := run(t, dir, nil, "migrate", "--db", to); r.code != 0 {
		t.Fatalf("migrate: code %d: %s%s", r.code, r.out, r.err)
	}
	r := run(t, dir, []string{"REHEARSE_TO=" + to}, "copy")
	if r.code != 0 || !strings.Contains(r.out, "each was read back and compared") || !strings.Contains(r.out, "give the servers of PostgreSQL key") {
		t.Fatalf("copy: code %d: %s%s", r.code, r.out, r.err)
	}
	return []string{"--dev", "--db", to, "--key-file", filepath.Join(dir, "rehearse.key")}
}
