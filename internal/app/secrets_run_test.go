package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store/storetest"
)

// Values that a full run uses and that must be found nowhere afterwards.
const (
	taskSecret    = "tas9-secret-a81f03"
	appSecret     = "spac3-app-secret-77b2"
	accessToken   = "acc3ss-token-5d0e"
	password      = "pa55word-20c4"
	customSecret  = "cust0m-secret-9e1d"
	laterSecret   = "lat3r-secret-c4f7"
	refusedSecret = "r3fused-secret-0b6a"
	wrongSecret   = "wr0ng-app-secret-6f12"
)

// recorded is a handler that keeps every answer, headers included.
type recorded struct {
	http.Handler
	mu      sync.Mutex
	answers bytes.Buffer
}

func (r *recorded) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	copied := httptest.NewRecorder()
	r.Handler.ServeHTTP(copied, request)
	r.mu.Lock()
	_ = copied.Header().Write(&r.answers)
	r.answers.Write(copied.Body.Bytes())
	r.mu.Unlock()
	for name, values := range copied.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(copied.Code)
	_, _ = w.Write(copied.Body.Bytes())
}

// A full run leaves no secret in the database file, its write-ahead log, the log,
// the answers, the events or the errors.
func TestAFullRunLeavesNoSecretBehind(t *testing.T) {
	t.Parallel()
	echo := newEcho(t)
	s := newServer(t, echo.host)
	answers := &recorded{Handler: s.handler}
	s.handler = answers
	token := fullRun(t, s, echo)
	if !bytes.Contains([]byte(echo.heard()), []byte(taskSecret)) || !bytes.Contains([]byte(echo.heard()), []byte(appSecret)) {
		t.Errorf("the API was not called with the secrets: %s", echo.heard())
	}
	key, err := os.ReadFile(filepath.Join(s.dir, "rehearse.key"))
	fatal(t, err)

	places := map[string][]byte{"the log": []byte(s.log.String()), "the answers": answers.answers.Bytes(), "the rows": everyRow(t, s)}
	files, err := filepath.Glob(filepath.Join(s.dir, "rehearse.db*"))
	fatal(t, err)
	if len(files) < 2 && !storetest.OnPostgres() {
		t.Errorf("no write-ahead log among %q", files)
	}
	for _, file := range files {
		places[filepath.Base(file)], err = os.ReadFile(file)
		fatal(t, err)
	}
	for name, secret := range map[string]string{
		"the credential of a task": taskSecret, "the encoded credential of a task": encode(appPairOf("shop", taskSecret)),
		"the secret of the space's BK_APP": appSecret, "the access token": accessToken, "the password": password,
		"the custom secret": customSecret, "the changed secret": laterSecret, "the refused secret": refusedSecret,
		"the wrong secret of an app": wrongSecret, "the secret of our app": s.ours.secret, "the secret of their app": s.theirs.secret,
		"the key": strings.TrimSpace(string(key)),
	} {
		for place, content := range places {
			for form, text := range forms(secret) {
				if bytes.Contains(content, []byte(text)) {
					t.Errorf("%s is in %s as %s", name, place, form)
				}
			}
		}
	}
	for place, content := range places {
		if place != "the answers" && bytes.Contains(content, []byte(token)) {
			t.Errorf("the token is in %s", place)
		}
	}
	if n := strings.Count(answers.answers.String(), token); n != 1 {
		t.Errorf("the token was shown %d times", n)
	}
	// The search finds what is there.
	if !bytes.Contains(places["the rows"], []byte("space-app-code")) || !bytes.Contains(places["the answers"], []byte("space-app-code")) {
		t.Error("the code of the space's application is nowhere: the search looks in the wrong place")
	}
}

func appPairOf(code, secret string) string {
	return `{"bk_app_code": "` + code + `", "bk_app_secret": "` + secret + `"}`
}

// forms are the ways in which a secret might be written by mistake.
func forms(secret string) map[string]string {
	return map[string]string{
		"it is": secret, "base64": base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"hex":             hex.EncodeToString([]byte(secret)), "capital hex": strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
}

// fullRun uses every secret in every way that there is, the wrong ones included, and
// returns the token that it was given.
func fullRun(t *testing.T, s *server, echo *echo) (token string) {
	t.Helper()
	c := s.ours
	main := c.credential(t, "N", "BK_APP", appPairOf("space-app-code", appSecret))
	c.credential(t, "token", "BK_ACCESS_TOKEN", `{"access_token": "`+accessToken+`"}`)
	c.credential(t, "basic", "BASIC_AUTH", `{"username": "u", "password": "`+password+`"}`)
	c.credential(t, "custom", "CUSTOM", `{"anything": "`+customSecret+`"}`)
	c.configure(t, vars{"apiGatewayCredentialName": "N"})
	id := c.template(t, callerTree(t, "v3.0.0", ""))

	// Tasks: good ones, with an idempotency key, read in every way, deleted.
	with := func(credentials vars) vars { return input(id, vars{"credentials": credentials, "idempotencyKey": "k"}) }
	good := with(vars{"shop": encode(appPairOf("shop", taskSecret))})
	task := text(c.create(t, good), "task.id")
	c.ask(t, createDocument, vars{"input": good})
	c.ask(t, credentialsDocument, vars{"input": with(vars{"N": encode(appPairOf("shop", taskSecret))})})
	c.ask(t, `{ tasks { nodes { extraInfo } } }`, nil)
	c.ask(t, `query($id: ID!) { task(id: $id) { ...T } }`+taskFields, vars{"id": task})

	realRun(t, s, echo)

	// Refusals: of credentials of tasks and of spaces, of a query that holds one.
	for _, bad := range []string{
		`{"bk_app_code": "x", "bk_app_secret": "` + refusedSecret + `"`, `"` + refusedSecret + `"`, `{"` + refusedSecret + `": 1}`,
	} {
		c.ask(t, createDocument, vars{"input": input(id, vars{"credentials": vars{"shop": encode(bad)}})})
		c.ask(t, createDocument, vars{"input": input(id, vars{"credentials": vars{"shop": bad}})})
	}
	const create = `mutation($input: CreateCredentialInput!) { createCredential(input: $input) { credential { content } userErrors` + problemFields + ` } }`
	for _, bad := range []any{
		vars{"bk_app_code": "x", "bk_app_secret": vars{"a": refusedSecret}}, vars{"bk_app_code": "x", "more": refusedSecret}, refusedSecret, []string{refusedSecret},
	} {
		c.ask(t, create, vars{"input": vars{"spaceId": c.space, "name": "bad", "type": "BK_APP", "content": bad}})
	}
	c.ask(t, create, vars{"input": vars{"spaceId": c.space, "name": "N", "type": "CUSTOM", "content": vars{"a": refusedSecret}}})
	s.theirs.ask(t, create, vars{"input": vars{"spaceId": c.space, "name": "x", "type": "CUSTOM", "content": vars{"a": refusedSecret}}})
	c.ask(t, `mutation { createCredential(input: {spaceId: "`+c.space+`", name: "x", type: CUSTOM, content: {a: {b: "`+refusedSecret+`"}}}) { userErrors { message } } }`, nil)
	c.send(t, []byte(`{"query": "{ viewer { appCode } }", "variables": {"a": "`+refusedSecret+`"`))

	// Changes, and settings that name credentials.
	const selection = "credential { content }"
	c.change(t, "updateCredential", "UpdateCredentialInput", selection, vars{"id": main, "content": raw(appPairOf("space-app-code", laterSecret))})
	c.ask(t, credentialsDocument, vars{"input": input(id)})
	c.ask(t, `{ viewer { spaces { `+configFields+` credentials { id name content scopeLevel } } } }`, nil)

	// Callers with a wrong secret, and with a token.
	c.send(t, []byte(`{"query": "{ viewer { appCode } }"}`), func(r *http.Request) { r.Header.Set(auth.AppHeader, header("ours", wrongSecret)) })
	c.send(t, []byte(`{"query": "{ viewer { appCode } }"}`), func(r *http.Request) { r.Header.Set(auth.AppHeader, wrongSecret) })
	token = text(c.change(t, "applyToken", "ApplyTokenInput", "token", vars{
		"resourceType": "TEMPLATE", "resourceId": id, "permission": "MOCK", "user": "ann",
	}), "token")
	body, err := json.Marshal(vars{"query": credentialsDocument, "variables": vars{"input": good}})
	fatal(t, err)
	for _, bearer := range []string{token, wrongSecret, token + "x"} {
		c.send(t, body, func(r *http.Request) {
			r.Header.Del(auth.AppHeader)
			r.Header.Set("Authorization", "Bearer "+bearer)
		})
	}
	fullRunOverREST(t, s, id)
	c.change(t, "revokeToken", "RevokeTokenInput", "revoked", vars{"token": token})
	c.change(t, "deleteTask", "DeleteTaskInput", "deletedId", vars{"id": task})
	c.change(t, "deleteCredential", "DeleteCredentialInput", "deletedId", vars{"id": main})
	c.credential(t, "again", "BK_APP", appPairOf("space-app-code", appSecret))
	return token
}

// fullRunOverREST sends the contract's form with its secrets in the body.
func fullRunOverREST(t *testing.T, s *server, template string) {
	t.Helper()
	for _, test := range []struct{ secret, credential string }{
		{s.ours.secret, encode(appPairOf("shop", taskSecret))}, {s.ours.secret, refusedSecret}, {wrongSecret, encode(appPairOf("shop", taskSecret))},
	} {
		body, err := json.Marshal(vars{
			"bk_app_code": "ours", "bk_app_secret": test.secret, "bk_username": "ann", "template_id": number(t, template),
			"name": "rest", "creator": "ann", "credentials": vars{"shop": test.credential}, "mock_data": vars{},
		})
		fatal(t, err)
		request := httptest.NewRequest(http.MethodPost, "/apigw/space/"+s.ours.space+"/create_mock_task/", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		s.handler.ServeHTTP(httptest.NewRecorder(), request)
	}
}

// everyRow is the text of every value of every table: a value of the file may lie on
// two pages.
func everyRow(t *testing.T, s *server) []byte {
	t.Helper()
	var all bytes.Buffer
	for table := range s.rows(t) {
		dump(t, s, table, &all)
	}
	return all.Bytes()
}

func dump(t *testing.T, s *server, table string, all *bytes.Buffer) {
	t.Helper()
	rows, err := s.beside.Query("SELECT * FROM " + table)
	fatal(t, err)
	defer func() { fatal(t, rows.Close()) }()
	columns, err := rows.Columns()
	fatal(t, err)
	for rows.Next() {
		values, to := make([][]byte, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		fatal(t, rows.Scan(to...))
		for _, value := range values {
			all.Write(value)
			all.WriteByte('\n')
		}
	}
	fatal(t, rows.Err())
}
