package app_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rehearse.dev/ent/token"
	"rehearse.dev/internal/auth"
)

const tokWho = `{ viewer { appCode username isSuperuser spaces { id } } }`

// A stranger with a token gets 401 with one text, whatever is wrong with the token
// (row 93 of the contract's edge cases, for an expired MOCK token).
func TestTokensThatDoNotCountAreOneRefusal(t *testing.T) {
	t.Parallel()
	w := tokNewWorld(t)
	expired, revoked := w.apply(t, "TEMPLATE", w.first, "MOCK", "ann"), w.apply(t, "TEMPLATE", w.first, "MOCK", "ann")
	digest, _ := auth.TokenDigest(expired)
	_, err := w.store.Write.Token.Update().Where(token.Digest(digest)).SetExpireTime(time.Now().Add(-time.Second)).Save(t.Context())
	fatal(t, err)
	if a := tokBearer(w.ours, revoked).ask(t, tokWho, nil); text(a.data, "viewer.username") != "ann" {
		t.Fatalf("it never worked: %s", a.body)
	}
	payload := w.ours.change(t, "revokeToken", "RevokeTokenInput", "revoked", vars{"token": revoked})
	if at(payload, "revoked") != true {
		t.Errorf("revokeToken answers %s", asJSON(payload))
	}
	for name, bad := range map[string]string{
		"Expired": expired, "Revoked": revoked, "Unknown": strings.Repeat("A", 43), "Malformed": "x", "Empty": "",
	} {
		a := tokBearer(w.ours, bad).ask(t, createDocument, vars{"input": input(w.first)})
		challenges := strings.Join(a.header.Values("WWW-Authenticate"), ", ")
		if a.status != http.StatusUnauthorized || !strings.Contains(challenges, "Bearer") {
			t.Errorf("%s: status %d, %s", name, a.status, challenges)
		}
		const want = `[{"extensions":{"code":"UNAUTHENTICATED"},"message":"the token is unknown, expired or revoked"}]`
		if got := asJSON(a.errors); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestTheApplicationHeaderBesideATokenIsAmbiguous(t *testing.T) {
	t.Parallel()
	w := tokNewWorld(t)
	both := tokBearer(w.ours, w.apply(t, "SPACE", w.space, "VIEW", "ann"))
	only := both.set
	both.set = func(r *http.Request) {
		only(r)
		r.Header.Set(auth.AppHeader, w.ours.header)
	}
	if a := both.ask(t, tokWho, nil); a.status != http.StatusUnauthorized || !strings.Contains(string(a.body), "not both") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

// Two applications have nothing to do with each other's tokens.
func TestTokensBelongToOneApplication(t *testing.T) {
	t.Parallel()
	w := tokNewWorld(t)
	own := w.apply(t, "SPACE", w.space, "OPERATE", "ann")
	theirs := tokBearer(w.theirs, text(w.theirs.change(t, "applyToken", "ApplyTokenInput", "token", vars{
		"resourceType": "SPACE", "resourceId": w.theirs.space, "permission": "OPERATE", "user": "ours-user",
	}), "token"))
	a := theirs.ask(t, tokWho, nil)
	same(t, a.data, "viewer", `{"appCode": "theirs", "username": "ours-user", "isSuperuser": false, "spaces": [{"id": "`+w.theirs.space+`"}]}`)
	for _, id := range []string{w.space, w.first, w.preset, w.scheme, w.task} {
		if a := theirs.ask(t, `query($id: ID!) { node(id: $id) { id } }`, vars{"id": id}); at(a.data, "node") != nil {
			t.Errorf("it sees %s", a.body)
		}
	}
	for _, resource := range [][2]string{{"SPACE", w.space}, {"TEMPLATE", w.first}, {"TASK", w.task}, {"TASK", "x"}} {
		a := w.theirs.ask(t, `mutation($in: ApplyTokenInput!) { applyToken(input: $in) { token expireTime userErrors`+problemFields+` } }`,
			vars{"in": vars{"resourceType": resource[0], "resourceId": resource[1], "permission": "VIEW", "user": "x"}})
		equalProblems(t, "problems", problemsAt(a.data, "applyToken.userErrors"), []string{"NOT_FOUND input.resourceId"})
		if at(a.data, "applyToken.token") != nil {
			t.Error("a token came back")
		}
	}
	payload := w.theirs.change(t, "revokeToken", "RevokeTokenInput", "revoked", vars{"token": own})
	if at(payload, "revoked") != false || tokBearer(w.ours, own).ask(t, tokWho, nil).status != http.StatusOK {
		t.Errorf("another application ends it: %s", asJSON(payload))
	}
}

// The user of a token is who changes things; the token itself is kept nowhere.
func TestATokenLeavesItsUserAndNothingOfItself(t *testing.T) {
	t.Parallel()
	w := tokNewWorld(t)
	secret := w.apply(t, "TEMPLATE", w.first, "EDIT", "ann")
	c := tokBearer(w.ours, secret)
	a := c.ask(t, `mutation($in: UpdateTemplateInput!) { updateTemplate(input: $in) { template { name updatedBy } } }`,
		vars{"in": vars{"id": w.first, "name": "new"}})
	same(t, a.data, "updateTemplate.template", `{"name": "new", "updatedBy": "ann"}`)
	w.ours.change(t, "revokeToken", "RevokeTokenInput", "revoked", vars{"token": secret})
	c.ask(t, tokWho, nil)

	if strings.Contains(w.log.String(), secret) {
		t.Error("the log shows the token")
	}
	files, err := filepath.Glob(filepath.Join(w.dir, "*"))
	fatal(t, err)
	for _, name := range files {
		content, err := os.ReadFile(name)
		fatal(t, err)
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("%s holds the token", filepath.Base(name))
		}
	}
}

// Knowing an idempotency key opens nothing that the token does not.
func TestAnIdempotencyKeyOpensNothing(t *testing.T) {
	t.Parallel()
	w := tokNewWorld(t)
	in := input(w.first, vars{"idempotencyKey": "k"})
	first := text(w.ours.query(t, createDocument, vars{"input": in}), "createMockTask.task.id")
	for name, test := range map[string]struct {
		caller *tokCaller
		in     vars
		want   string
	}{
		"SameTemplate":     {w.bearer(t, "TEMPLATE", w.first, "MOCK"), in, "yes"},
		"WholeSpace":       {w.bearer(t, "SPACE", w.space, "MOCK"), in, "yes"},
		"ReadsTemplate":    {w.bearer(t, "TEMPLATE", w.first, "VIEW"), in, "forbidden"},
		"ReadsSpace":       {w.bearer(t, "SPACE", w.space, "VIEW"), in, "forbidden"},
		"ReadsTask":        {w.bearer(t, "TASK", first, "VIEW"), in, "missing"},
		"OtherTemplate":    {w.bearer(t, "TEMPLATE", w.second, "MOCK"), in, "missing"},
		"KeyOfOther":       {w.bearer(t, "TEMPLATE", w.second, "MOCK"), input(w.second, vars{"idempotencyKey": "k"}), `["CONFLICT input"]`},
		"KeyOfOtherInput":  {w.bearer(t, "TEMPLATE", w.first, "MOCK"), input(w.first, vars{"idempotencyKey": "k", "name": "x"}), `["CONFLICT input.idempotencyKey"]`},
		"KeyOfOtherViewer": {w.bearer(t, "TEMPLATE", w.first, "VIEW"), input(w.first, vars{"idempotencyKey": "k", "name": "x"}), "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			w.unchanged(t, func() {
				a := test.caller.ask(t, createDocument, vars{"input": test.in})
				if got := tokOutcome(a, "createMockTask"); got != test.want {
					t.Errorf("%s, not %s", got, test.want)
				}
				if id := text(a.data, "createMockTask.task.id"); (id != "") != (test.want == "yes") || id != "" && id != first {
					t.Errorf("task %q", id)
				}
			})
		})
	}
}
