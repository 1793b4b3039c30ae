package rest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/body"
	"rehearse.dev/internal/fault"
)

// is checks the HTTP status and the code of an answer that refuses.
func (r *reply) is(t *testing.T, status, code int, message string) {
	t.Helper()
	if r.status != status || r.Result || fmt.Sprint(r.Code) != strconv.Itoa(code) || !strings.Contains(r.Message, message) {
		t.Errorf("not %d, code %d, %q: status %d: %s", status, code, message, r.status, r.body)
	}
}

func TestCallersNameThemselvesInAHeaderOrInTheBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ours
	id := c.template(t, order(t))
	send := func(h http.Header, more object) *reply {
		return c.postAs(t, h, minimal(id, more))
	}
	named := object{"bk_app_code": c.code, "bk_app_secret": c.secret}

	for name, r := range map[string]*reply{
		"a header":               send(c.header(), nil),
		"the body":               send(nil, named),
		"the body, for a user":   send(nil, object{"bk_app_code": c.code, "bk_app_secret": c.secret, "bk_username": "ann"}),
		"the body, with session": send(nil, object{"bk_app_code": c.code, "bk_app_secret": c.secret, "bk_token": "session"}),
		"the body, and a scheme that is not ours": send(http.Header{"Authorization": {"Basic eDp5"}}, named),
		"both, the header wins":                   send(c.header(), object{"bk_app_code": "nobody", "bk_app_secret": "wrong"}),
	} {
		if r.status != http.StatusOK || !r.Result || len(r.Warnings) > 0 {
			t.Errorf("%s: status %d: %s", name, r.status, r.body)
		}
		if strings.Contains(r.body, c.secret) || strings.Contains(r.body, "bk_") {
			t.Errorf("%s: what named the caller came back: %s", name, r.body)
		}
	}
	for name, test := range map[string]struct {
		reply *reply
		want  string
	}{
		"nobody":                  {send(nil, nil), "no header says who calls"},
		"no code":                 {send(nil, object{"bk_app_secret": c.secret}), "bk_app_code is missing"},
		"no secret":               {send(nil, object{"bk_app_code": c.code}), "bk_app_secret is missing"},
		"code is a number":        {send(nil, object{"bk_app_code": 5, "bk_app_secret": c.secret}), "bk_app_code must be a text"},
		"secret is null":          {send(nil, object{"bk_app_code": c.code, "bk_app_secret": nil}), "bk_app_secret must be a text"},
		"session is a number":     {send(nil, object{"bk_app_code": c.code, "bk_app_secret": c.secret, "bk_token": 5}), "bk_token must be a text"},
		"wrong secret":            {send(nil, object{"bk_app_code": c.code, "bk_app_secret": "wr0ng"}), "unknown or its secret is wrong"},
		"unknown app":             {send(nil, object{"bk_app_code": "nobody", "bk_app_secret": "wr0ng"}), "unknown or its secret is wrong"},
		"bad header, good body":   {send(http.Header{auth.AppHeader: {"{}"}}, named), "bk_app_code is missing"},
		"empty header, good body": {send(http.Header{auth.AppHeader: {""}}, named), "not a JSON object"},
		"a token and a header":    {send(http.Header{auth.AppHeader: c.header()[auth.AppHeader], "Authorization": {"Bearer x"}}, nil), "not both"},
		"a token, second":         {send(http.Header{"Authorization": {"Basic eDp5", "bearer x"}}, named), "unknown, expired or revoked"},
		"gateway without keys":    {send(http.Header{auth.GatewayHeader: {"x.y.z"}}, nil), ""},
		"no JSON":                 {w.send(t, http.MethodPost, route(c.space), nil, `{"bk_app_code"`), "the request body is not JSON"},
		"a list":                  {w.send(t, http.MethodPost, route(c.space), nil, `[]`), "must be a JSON object"},
	} {
		test.reply.is(t, http.StatusUnauthorized, 401, test.want)
		if test.reply.header.Get("Www-Authenticate") == "" || strings.Contains(test.reply.body, "wr0ng") || strings.Contains(test.reply.body, c.secret) {
			t.Errorf("%s: %v %s", name, test.reply.header, test.reply.body)
		}
	}
	if log := w.log.String(); strings.Contains(log, c.secret) || strings.Contains(log, "wr0ng") {
		t.Error("a secret is in the log")
	}
}

// Rows 89 to 91 of the edge cases (domain §7).
func TestSpacesOutOfReachLookAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := id(t, w.ours.change(t, "createSpace", "CreateSpaceInput", "space { id }", object{"name": "gone"}), "space")
	w.beside.Do(t, "UPDATE spaces SET is_deleted = true WHERE id = ?", gone)
	template := w.ours.template(t, order(t))
	body := fmt.Sprintf(`{"template_id": %d, "creator": "me"}`, template)
	const want = "there is no such space, or it belongs to another application"
	for _, c := range []*client{w.theirs, w.root} {
		for name, space := range map[string]string{
			"missing": "99999", "no number": "work", "negative": "-1", "zero": "0", "huge": "99999999999999999999", "a template": strconv.Itoa(template),
		} {
			r := w.send(t, http.MethodPost, "/apigw/space/"+space+"/create_mock_task/", c.header(), body)
			if r.is(t, http.StatusForbidden, 403, want); r.Message != want {
				t.Errorf("%s: %s", name, r.Message)
			}
		}
	}
	w.send(t, http.MethodPost, route(w.ours.space), w.theirs.header(), body).is(t, http.StatusForbidden, 403, want)
	w.send(t, http.MethodPost, route(gone), w.root.header(), body).is(t, http.StatusForbidden, 403, want)
	w.send(t, http.MethodPost, route(w.ours.space), w.theirs.header(), "no JSON at all").is(t, http.StatusForbidden, 403, want)
	if r := w.send(t, http.MethodPost, route(w.ours.space), w.root.header(), body); !r.Result {
		t.Errorf("a superuser: %s", r.body)
	}
}

func TestMethodsPathsAndSizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ours
	template := c.template(t, order(t))
	text := fmt.Sprintf(`{"template_id": %d, "creator": "me"}`, template)
	path := route(c.space)
	if r := w.send(t, http.MethodPost, strings.TrimSuffix(path, "/"), c.header(), text); !r.Result {
		t.Errorf("without the last slash: status %d: %s", r.status, r.body)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		r := w.send(t, method, path, c.header(), text)
		if r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != "POST" {
			t.Errorf("%s: status %d, Allow %q", method, r.status, r.header.Get("Allow"))
		}
	}
	for _, other := range []string{path + "x", "/apigw/", "/apigw/space/1/", "/apigw/space//create_mock_task/"} {
		if r := w.send(t, http.MethodPost, other, c.header(), text); r.Result || r.status == http.StatusOK {
			t.Errorf("%s: status %d: %s", other, r.status, r.body)
		}
	}
	form := c.header()
	form.Set("Content-Type", "application/x-www-form-urlencoded") // what curl -d says
	if r := w.send(t, http.MethodPost, path, form, text); !r.Result {
		t.Errorf("another content type: %s", r.body)
	}
	large := `{"description": "` + strings.Repeat("x", body.Max) + `"}`
	for name, h := range map[string]http.Header{"app": c.header(), "stranger": nil} {
		r := w.send(t, http.MethodPost, path, h, large)
		if r.is(t, http.StatusRequestEntityTooLarge, 413, "larger than"); r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", name, r.header)
		}
	}
}

// The permission table of docs/security.md, as far as this route can tell.
func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ours
	template, other := c.template(t, order(t)), c.template(t, order(t))
	second := id(t, c.change(t, "createSpace", "CreateSpaceInput", "space { id }", object{"name": "second"}), "space")
	task := c.create(t, minimal(template)).Data["id"]
	apply := func(resource string, id any, permission, user string) http.Header {
		payload := c.change(t, "applyToken", "ApplyTokenInput", "token", object{
			"resourceType": resource, "resourceId": fmt.Sprint(id), "permission": permission, "user": user,
		})
		return http.Header{"Authorization": {"Bearer " + payload["token"].(string)}}
	}
	allowed := func(r *reply) {
		t.Helper()
		if !r.Result || r.status != http.StatusOK {
			t.Errorf("not allowed: status %d: %s", r.status, r.body)
		}
	}
	use := func(h http.Header) *reply { return c.postAs(t, h, minimal(template)) }

	allowed(use(apply("TEMPLATE", template, "MOCK", "bob")))
	allowed(use(apply("SPACE", c.space, "MOCK", "bob")))
	allowed(use(apply("TEMPLATE", template, "VIEW", "ann"))) // a superuser of the space
	for _, permission := range []string{"VIEW", "EDIT"} {
		use(apply("TEMPLATE", template, permission, "bob")).is(t, http.StatusForbidden, 403, "")
	}
	for _, permission := range []string{"VIEW", "EDIT", "OPERATE"} {
		use(apply("SPACE", c.space, permission, "bob")).is(t, http.StatusForbidden, 403, "")
	}
	missing := fmt.Sprintf("template does not exist, space_id=%d, template_id=%d", c.space, template)
	for name, h := range map[string]http.Header{
		"MOCK of another template": apply("TEMPLATE", other, "MOCK", "bob"),
		"VIEW of a task":           apply("TASK", task, "VIEW", "bob"),
		"OPERATE of a task":        apply("TASK", task, "OPERATE", "bob"),
	} {
		r := use(h)
		if r.is(t, http.StatusOK, 500, missing); r.Message != missing {
			t.Errorf("%s: %s", name, r.Message)
		}
	}
	use(apply("SPACE", second, "MOCK", "bob")).is(t, http.StatusForbidden, 403, "there is no such space")

	revoked, expired := apply("TEMPLATE", template, "MOCK", "bob"), apply("TEMPLATE", template, "MOCK", "eve")
	allowed(use(revoked))
	c.change(t, "revokeToken", "RevokeTokenInput", "revoked", object{"token": strings.TrimPrefix(revoked.Get("Authorization"), "Bearer ")})
	w.beside.Do(t, "UPDATE tokens SET expire_time = '2001-01-01 00:00:00+00:00' WHERE username = 'eve'")
	texts := map[string]bool{}
	for name, h := range map[string]http.Header{
		"revoked": revoked, "expired": expired, "unknown": {"Authorization": {"Bearer " + strings.Repeat("A", 43)}}, "none": {"Authorization": {"Bearer"}},
	} {
		r := c.postAs(t, h, minimal(template, object{"bk_app_code": c.code, "bk_app_secret": c.secret}))
		r.is(t, http.StatusUnauthorized, 401, "")
		if name != "none" {
			texts[r.Message] = true
		}
	}
	if len(texts) != 1 {
		t.Errorf("refused tokens can be told apart: %v", texts)
	}
}

// Row 92 of the edge cases (domain §7) through the route; internal/auth has every
// kind of bad token.
func TestGatewayCallers(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	fatal(t, err)
	w := newWorld(t, auth.TrustGateways(auth.GatewayKeys{"gw": &key.PublicKey}))
	c := w.ours
	template := c.template(t, order(t))
	signed := func(method jwt.SigningMethod, with any, app string, exp time.Time) http.Header {
		token := jwt.NewWithClaims(method, jwt.MapClaims{
			"exp": exp.Unix(), "app": object{"app_code": app, "verified": true}, "user": object{"username": "ann", "verified": true},
		})
		token.Header["kid"] = "gw"
		text, err := token.SignedString(with)
		fatal(t, err)
		return http.Header{http.CanonicalHeaderKey(auth.GatewayHeader): {text}}
	}
	soon := time.Now().Add(time.Minute)
	if r := c.postAs(t, signed(jwt.SigningMethodRS512, key, c.code, soon), minimal(template)); !r.Result {
		t.Errorf("status %d: %s", r.status, r.body)
	}
	for name, h := range map[string]http.Header{
		"RS256":       signed(jwt.SigningMethodRS256, key, c.code, soon),
		"HS512":       signed(jwt.SigningMethodHS512, []byte("secret"), c.code, soon),
		"none":        signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, c.code, soon),
		"expired":     signed(jwt.SigningMethodRS512, key, c.code, time.Now().Add(-time.Hour)),
		"unknown app": signed(jwt.SigningMethodRS512, key, "nobody", soon),
	} {
		t.Run(name, func(t *testing.T) {
			c.postAs(t, h, minimal(template)).is(t, http.StatusUnauthorized, 401, "the token in X-Bkapi-JWT is not accepted")
		})
	}
	c.postAs(t, signed(jwt.SigningMethodRS512, key, "theirs", soon), minimal(template)).is(t, http.StatusForbidden, 403, "")
}

func TestARecordIsReadWithinReachOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.ours.create(t, minimal(w.ours.template(t, order(t)))).Data["id"]
	id, err := strconv.Atoi(fmt.Sprint(made))
	fatal(t, err)
	if r, err := w.app.Tasks.Record(t.Context(), auth.Caller{Superuser: true}, id); err != nil || r.ID != id || r.IsStarted() {
		t.Errorf("a superuser: %+v, %v", r, err)
	}
	_, foreign := w.app.Tasks.Record(t.Context(), auth.Caller{AppID: 99999, Spaces: []int{w.theirs.space}}, id)
	_, missing := w.app.Tasks.Record(t.Context(), auth.Caller{Superuser: true}, 99999)
	if fault.CodeOf(foreign) != fault.CodeNotFound || fault.CodeOf(missing) != fault.CodeNotFound {
		t.Errorf("foreign: %v, missing: %v", foreign, missing)
	}
}
