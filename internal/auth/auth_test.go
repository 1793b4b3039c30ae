package auth_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// world is an authenticator over a store with two apps, and a clock that stands still.
type world struct {
	*auth.Authenticator
	t     *testing.T
	store *store.Store
	clock atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: storetest.New(t)}
	w.Authenticator = auth.New(w.store, func() time.Time { return time.Unix(0, w.clock.Load()) })
	w.app("shop", "s3cret", false)
	w.app("bare", "other", false)
	return w
}

func (w *world) app(code, secret string, superuser bool) int {
	w.t.Helper()
	sum := sha256.Sum256([]byte(secret))
	row, err := w.store.Write.App.Create().SetCode(code).SetSecretDigest(sum[:]).SetSuperuser(superuser).Save(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return row.ID
}

func (w *world) space(app int, name string, deleted bool) int {
	w.t.Helper()
	row, err := w.store.Write.Space.Create().SetAppID(app).SetName(name).SetIsDeleted(deleted).Save(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return row.ID
}

func header(code, secret, rest string) http.Header {
	return raw(fmt.Sprintf(`{"bk_app_code":%q,"bk_app_secret":%q%s}`, code, secret, rest))
}

func raw(values ...string) http.Header {
	h := http.Header{}
	for _, v := range values {
		h.Add("X-Bkapi-Authorization", v)
	}
	return h
}

// ask authenticates and counts the statements that it took.
func (w *world) ask(h http.Header) (auth.Caller, int, error) {
	w.t.Helper()
	ctx, counter := store.WithCounter(w.t.Context())
	c, err := w.Header(ctx, h)
	return c, counter.Statements(), err
}

func TestAHeaderTellsTheCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.app("app", "secret", true)
	first, second := w.space(id, "a", false), w.space(id, "b", false)
	gone := w.space(id, "c", true)
	c, statements, err := w.ask(header("app", "secret", `,"bk_username":"ann","bk_token":"t","access_token":{"any":[1]}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.AppID != id || c.AppCode != "app" || c.Username != "ann" || !c.Superuser || !slices.Equal(c.Spaces, []int{first, second}) {
		t.Errorf("caller %+v", c)
	}
	if statements != 1 {
		t.Errorf("%d statements", statements)
	}
	if slices.Contains(c.Spaces, gone) {
		t.Error("a deleted space is listed")
	}
	c, _, err = w.ask(header("bare", "other", ""))
	if err != nil || len(c.Spaces) != 0 || c.Superuser || c.Username != "" {
		t.Errorf("an app without spaces: %+v, %v", c, err)
	}
}

func TestAnAppSeesItsOwnSpacesOnly(t *testing.T) {
	t.Parallel()
	c := auth.Caller{Spaces: []int{3, 5}}
	if !c.Sees(3) || !c.Sees(5) || c.Sees(4) || c.Sees(0) {
		t.Error("sees the wrong spaces")
	}
	if c.Superuser = true; !c.Sees(4) {
		t.Error("a superuser does not see all")
	}
}

func TestUnknownAppAndWrongSecretLookTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, n1, unknown := w.ask(header("nobody", "s3cret", ""))
	_, n2, wrong := w.ask(header("shop", "S3CRET", ""))
	if fault.CodeOf(unknown) != fault.CodeUnauthenticated || unknown.Error() != wrong.Error() || n1 != 1 || n2 != 1 {
		t.Errorf("unknown: %v (%d statements), wrong: %v (%d)", unknown, n1, wrong, n2)
	}
	if _, n, _ := w.ask(header("shop", "S3CRET", "")); n != 1 {
		t.Error("a refusal was remembered")
	}
}

func TestMalformedHeadersAreRefusedWithoutAnEcho(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const secret = "s3cret"
	for name, test := range map[string]struct {
		header http.Header
		want   string
	}{
		"Missing":         {nil, "must have the header"},
		"Empty":           {raw(""), "not a JSON object"},
		"NotJSON":         {raw("Basic " + secret), "not a JSON object"},
		"Cut":             {raw(`{"bk_app_code":"shop","bk_app_secret":"` + secret), "not a JSON object"},
		"Open":            {raw(`{"bk_app_code":"shop","bk_app_secret":"s3cret"`), "not a JSON object"},
		"List":            {raw(`["` + secret + `"]`), "not a JSON object"},
		"Null":            {raw("null"), "not a JSON object"},
		"Trailing":        {raw(`{"bk_app_code":"shop","bk_app_secret":"s3cret"} x`), "not a JSON object"},
		"TwoObjects":      {raw(`{"bk_app_code":"shop","bk_app_secret":"s3cret"}{}`), "not a JSON object"},
		"Sent twice":      {raw(`{}`, `{}`), "sent once"},
		"Duplicate":       {raw(`{"bk_app_code":"shop","bk_app_secret":"x","bk_app_secret":"s3cret"}`), "a name twice"},
		"DuplicateEscape": {raw(`{"bk_app_code":"bare","bk_app_\u0063ode":"shop","bk_app_secret":"s3cret"}`), "a name twice"},
		"NoCode":          {raw(`{"bk_app_secret":"s3cret"}`), "bk_app_code is missing"},
		"NoSecret":        {raw(`{"bk_app_code":"shop"}`), "bk_app_secret is missing"},
		"OtherCase":       {raw(`{"BK_APP_CODE":"shop","bk_app_secret":"s3cret"}`), "bk_app_code is missing"},
		"NumberCode":      {raw(`{"bk_app_code":1,"bk_app_secret":"s3cret"}`), "bk_app_code in"},
		"NullSecret":      {raw(`{"bk_app_code":"shop","bk_app_secret":null}`), "bk_app_secret in"},
		"ListUser":        {header("shop", secret, `,"bk_username":["ann"]`), "bk_username in"},
		"NumberToken":     {header("shop", secret, `,"bk_token":5`), "bk_token in"},
		"LongUser":        {header("shop", secret, `,"bk_username":"`+strings.Repeat("é", 129)+`"`), "too long"},
		"ControlUser":     {header("shop", secret, `,"bk_username":"a\nb"`), "not allowed"},
		"NotUTF8":         {header("shop", secret, ",\"bk_username\":\"\xff\""), "UTF-8"},
		"TooLong":         {header("shop", secret, `,"x":"`+strings.Repeat("x", 4096)+`"`), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, counter := store.WithCounter(t.Context())
			_, err := w.Header(ctx, test.header)
			if fault.CodeOf(err) != fault.CodeUnauthenticated || !strings.Contains(err.Error(), test.want) {
				t.Errorf("err = %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the message repeats the secret: %v", err)
			}
			if counter.Statements() != 0 {
				t.Error("the database was asked")
			}
		})
	}
}

func TestAKnownHeaderAsksTheDatabaseOnceInAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := header("shop", "s3cret", "")
	for i, want := range []int{1, 0, 0} {
		if _, n, err := w.ask(h); err != nil || n != want {
			t.Errorf("request %d took %d statements, %v", i, n, err)
		}
	}
	if _, n, _ := w.ask(header("shop", "s3cret", `,"bk_username":"ann"`)); n != 1 {
		t.Error("another header was answered from the cache")
	}
	w.clock.Add(int64(auth.CacheTTL) + 1)
	if _, n, _ := w.ask(h); n != 1 {
		t.Errorf("after the TTL it took %d statements", n)
	}
}

func TestForgetShowsANewSpaceAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, other := header("shop", "s3cret", ""), header("bare", "other", "")
	c, _, err := w.ask(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.ask(other); err != nil {
		t.Fatal(err)
	}
	id := w.space(c.AppID, "new", false)
	if c, _, _ = w.ask(h); c.Sees(id) {
		t.Fatal("the cache is not in use")
	}
	w.Forget(c.AppID)
	if c, _, _ = w.ask(h); !c.Sees(id) {
		t.Error("the new space is not seen")
	}
	if _, n, _ := w.ask(other); n != 0 {
		t.Error("another app was forgotten too")
	}
}

func TestCheckTakesCredentialsFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := auth.Credentials{AppCode: "shop", AppSecret: "s3cret", Username: "ann"}
	for _, want := range []int{1, 0} {
		ctx, counter := store.WithCounter(t.Context())
		c, err := w.Check(ctx, good)
		if err != nil || c.AppCode != "shop" || c.Username != "ann" || counter.Statements() != want {
			t.Errorf("%+v, %v, %d statements", c, err, counter.Statements())
		}
	}
	for _, bad := range []auth.Credentials{{}, {AppCode: "shop"}, {AppSecret: "s3cret"}, {AppCode: "sh\x00op", AppSecret: "s3cret"}, {AppCode: "shops", AppSecret: "3cret", Username: "ann"}} {
		if _, err := w.Check(t.Context(), bad); fault.CodeOf(err) != fault.CodeUnauthenticated {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v", good, good, good); strings.Contains(got, "s3cret") {
		t.Errorf("printed as %s", got)
	}
}

func TestAnOutageIsNotARefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Header(ctx, header("shop", "s3cret", "")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestTheCallerTravelsInTheContext(t *testing.T) {
	t.Parallel()
	if _, ok := auth.FromContext(t.Context()); ok {
		t.Error("a caller out of nothing")
	}
	c, ok := auth.FromContext(auth.WithCaller(t.Context(), auth.Caller{AppCode: "shop"}))
	if !ok || c.AppCode != "shop" {
		t.Errorf("got %+v, %v", c, ok)
	}
}
