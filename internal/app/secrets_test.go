package app_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store/storetest"
)

func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	secret := rand.Text()
	plain := `{"bk_app_code": "shop-app", "bk_app_secret": "` + secret + `", "extra": {"deep": "` + secret + `"}}`
	id := c.template(t, order(t))
	var said bytes.Buffer
	ask := func(c *client, document string, v vars) *answer {
		a := c.ask(t, document, v)
		said.Write(a.body)
		fatal(t, a.header.Write(&said))
		return a
	}
	in := input(id, vars{"credentials": vars{"shop": encode(plain)}, "idempotencyKey": "k", "mockData": vars{"nodes": []string{"nfetch"}}})
	made := ask(c, createDocument, vars{"input": in})
	task := text(made.data, "createMockTask.task.id")
	if task == "" {
		t.Fatalf("%s", made.body)
	}

	// Everything that could show it.
	ask(c, createDocument, vars{"input": in})
	ask(c, previewDocument, vars{"input": in})
	ask(c, `query($id: ID!) { task(id: $id) { ...T } node(id: $id) { ...T } }`+taskFields, vars{"id": task})
	ask(s.root, `{ tasks { nodes { extraInfo parameters mock { outputs } } edges { node { extraInfo } } } templates { nodes { pipelineTree notifyConfig } } }`, nil)
	// Everything that could go wrong with it.
	for _, bad := range []any{
		plain, encode(plain)[1:], encode(plain) + "!", encode(plain[:len(plain)-1]), encode(`"` + secret + `"`), encode(`{"bk_app_secret": "` + secret + `"}`),
		base64.URLEncoding.EncodeToString([]byte(plain + "?>?>?>")), []string{encode(plain)}, vars{"bk_app_secret": secret},
		encode(`{"bk_app_code": "` + secret + `\u0000", "bk_app_secret": "x"}`), hex.EncodeToString([]byte(plain)),
	} {
		in := input(id, vars{"credentials": vars{"shop": bad}})
		a := ask(c, createDocument, vars{"input": in})
		if len(problemsAt(a.data, "createMockTask.userErrors"))+len(a.errors) == 0 {
			t.Errorf("%v was taken", bad)
		}
		ask(c, previewDocument, vars{"input": in})
	}
	ask(c, createDocument, vars{"input": vars{"credentials": vars{"shop": encode(plain)}}}) // required fields are missing
	ask(c, `mutation($input: String!) { createMockTask(input: $input) { task { id } } }`, vars{"input": in})
	ask(c, `{ nothing }`, vars{"secret": secret})
	for _, body := range []string{
		`{"query": "{ viewer { appCode } }", "variables": {"a": "` + secret + `"`,
		`{"query": "mutation { createMockTask(input: {templateId: 1, name: \"n\", creator: \"c\", credentials: {shop: \"` + encode(plain) + `\"}}) { task { id } nothing } }"}`,
		`{"query": "mutation { createMockTask(input: {templateId: ` + id + `, name: \"n\", creator: \"c\", credentials: {shop: \"` + encode(plain) + `!\"}}) { userErrors { message field } } }"}`,
	} {
		said.Write(c.send(t, []byte(body)).body)
	}
	// The caller's own secret is one, too.
	said.Write(c.send(t, []byte(`{}`), func(r *http.Request) {
		r.Header.Set(auth.AppHeader, `{"bk_app_code": "`+c.secret+`", "bk_app_secret": 5}`)
	}).body)
	said.Write(c.send(t, []byte(`{}`), func(r *http.Request) { r.Header.Set(auth.AppHeader, header("nobody", c.secret)) }).body)
	c.send(t, []byte(`{}`), func(r *http.Request) { r.Header.Set("X-Request-Id", "traced"); r.URL.Path = "/nowhere" })

	files, err := os.ReadDir(s.dir)
	fatal(t, err)
	places := map[string]string{"the answers": said.String(), "the log": s.log.String()}
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(s.dir, f.Name()))
		fatal(t, err)
		places[f.Name()] = string(content)
	}
	places["the rows"] = string(everyRow(t, s))
	inFiles := places["rehearse.db-wal"] != "" && strings.Contains(places["rehearse.db-wal"]+places["rehearse.db"], "shop-app")
	if !inFiles && !storetest.OnPostgres() || !strings.Contains(places["the rows"], "shop-app") {
		t.Error("the files do not even hold the app code: this test looks at the wrong place")
	}
	if !strings.Contains(places["the log"], "request") {
		t.Error("nothing was logged")
	}
	for name, needle := range map[string]string{
		"the secret": secret, "its base64": strings.TrimRight(base64.RawStdEncoding.EncodeToString([]byte(secret)), "="),
		"the credential's base64": encode(plain)[:64], "the app's secret": c.secret, "its hex": hex.EncodeToString([]byte(secret)),
	} {
		for place, content := range places {
			if strings.Contains(content, needle) {
				i := strings.Index(content, needle)
				t.Errorf("%s is in %s: …%q", name, place, content[max(0, i-80):i])
			}
		}
	}
	t.Run("but it can be opened where it belongs", func(t *testing.T) {
		row, err := s.store.Read.Task.Get(t.Context(), number(t, task))
		fatal(t, err)
		opened, err := s.program.OpenCredentials(row.SealedCredentials, row.InstanceID)
		fatal(t, err)
		var all map[string]map[string]any
		fatal(t, json.Unmarshal(opened, &all))
		if all["shop"]["bk_app_secret"] != secret {
			t.Error("the sealed text holds something else")
		}
		if _, err := s.program.OpenCredentials(row.SealedCredentials, strings.Repeat("0", 32)); err == nil {
			t.Error("another task can open it")
		}
	})
}
