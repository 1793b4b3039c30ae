package realcall_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rehearse.dev/internal/credential"
)

// Hosts repeat what they are sent, in their answers and in their errors.
func TestSecretsThatAHostRepeatsAreScrubbed(t *testing.T) {
	t.Parallel()
	const secret = `s"e<c/r+e t=Ünï\9`
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.ToLower(url.QueryEscape(secret)), hex.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte("app:" + secret)),
		base64.StdEncoding.EncodeToString([]byte("ab:" + secret + ":c")), base64.RawStdEncoding.EncodeToString([]byte("a:" + secret)),
	}
	inJSON, _ := json.Marshal(secret)
	forms = append(forms, string(inJSON))
	hidden := func(t *testing.T, where, text string) {
		t.Helper()
		for _, form := range append(forms, "other-secret", "task-secret") {
			// The ends of a form in base64 belong to its neighbors.
			if core := form[min(4, len(form)/4):max(len(form)-4, len(form)*3/4)]; strings.Contains(text, core) {
				t.Errorf("%s holds %q: %s", where, core, text)
			}
		}
	}
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			raw, _ := json.Marshal(map[string]any{
				"result": status == 200, "message": "bad secret " + secret + " and task-secret", "forms": forms, secret: 1,
				"header": r.Header.Get("X-Bkapi-Authorization"), "other": "other-secret",
			})
			w.WriteHeader(status)
			_, _ = w.Write(raw)
		}
	}
	for _, status := range []int{200, 403} {
		w := newWorld(t, echo(status))
		w.settings.Credential = &credential.Pair{AppCode: "space-app", Secret: secret}
		r := w.do(w.effect("uniform_api", "v2.0.0", calling("POST", fmt.Sprintf(`, "password": "x", "echo": %q`, "plain"))))
		text := encoded(t, r.Outcome.Outputs.Dict)
		hidden(t, "outputs", text)
		hidden(t, "exchange", fmt.Sprintf("%+v %+v %+v", r.Exchange, r.Credential, r.Outcome.Answer))
		if !strings.Contains(text, "******") || status == 200 && !strings.Contains(text, "space-app") {
			t.Errorf("outputs %s", text)
		}
	}
}

func TestURLsAreShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, `{"result": true, "pin": 987654321, "text": "a\u0000b", "k": "Bearer abcdefgh"}`))
	w.settings.Credential = &credential.Pair{AppCode: "space-app", Secret: "987654321"}
	r := w.do(w.effect("uniform_api", "v2.0.0", `{"uniform_api_plugin_url": "$URL/x?access_token=abc&q=1", "uniform_api_plugin_method": "GET", "note": "987654321"}`))
	if u := r.Exchange.URL; !strings.Contains(u, "access_token=******&q=1&note=******&") || strings.Contains(u, "abc&") {
		t.Errorf("URL %s", u)
	}
	w.wellDone(r, `{"result":true,"pin":"******","text":"a�b","k":"Bearer abcdefgh"}`)
	if q := w.last().query; !strings.Contains(q, "access_token=abc&q=1&note=987654321") {
		t.Errorf("the host gets what it was meant to get: %s", q)
	}
	h := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"echo": "`+r.Header.Get("Authorization")+`", "token": "abcdefgh"}`)
	})
	h.wellDone(h.do(h.effect("bk_http_request", "v1.0", request("GET", `, "bk_http_request_header": [{"name": "Authorization", "value": "Bearer abcdefgh"}]`))),
		`{"echo":"******","token":"******"}`)
}
