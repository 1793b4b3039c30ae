package token_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

func TestATokenLivesAsLongAsItsSpaceSays(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": time.Hour, `"1h"`: time.Hour, `"90m"`: 90 * time.Minute, `"1d"`: 24 * time.Hour, `"7200s"`: 2 * time.Hour,
		// What another program has written and is not allowed counts as the default.
		`"5m"`: time.Hour, `"soon"`: time.Hour, `7200`: time.Hour,
	} {
		w := newWorld(t)
		w.set("token_auto_renewal", `"false"`)
		if value != "" {
			w.set("token_expiration", value)
		}
		made := w.apply(auth.Space, w.space, auth.View)
		if got := made.ExpireTime.Sub(w.now()); got != want {
			t.Errorf("%s: it lives %s", value, got)
		}
		// A caller that was remembered just before is not believed past the end.
		w.wait(want - time.Nanosecond)
		if !w.works(made.Token) {
			t.Errorf("%s: it has ended early", value)
		}
		w.wait(time.Nanosecond)
		if w.works(made.Token) {
			t.Errorf("%s: it works past its end", value)
		}
	}
}

func TestUseRenewsAToken(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"", `"true"`, `true`} {
		w := newWorld(t)
		if setting != "" {
			w.set("token_auto_renewal", setting)
		}
		made := w.apply(auth.Space, w.space, auth.View)
		start, end := w.now(), made.ExpireTime
		for _, step := range []struct{ wait, end time.Duration }{
			{5 * time.Minute, 60 * time.Minute}, // less than a tenth: nothing is written
			{time.Minute, 66 * time.Minute},
			{time.Minute, 66 * time.Minute},
			{55 * time.Minute, 122 * time.Minute},
			{59 * time.Minute, 181 * time.Minute},
		} {
			w.wait(step.wait)
			c, err := w.call(made.Token)
			if err != nil {
				t.Fatalf("%s: %v after %s", setting, err, w.now().Sub(start))
			}
			if got := c.Expires.Sub(start); got != step.end {
				t.Errorf("%s: after %s it ends at %s, not %s", setting, w.now().Sub(start), got, step.end)
			}
			row, err := w.store.Read.Token.Query().Only(t.Context())
			if err != nil || !row.ExpireTime.Equal(c.Expires) {
				t.Errorf("%s: the row ends at %s, the caller at %s, %v", setting, row.ExpireTime, c.Expires, err)
			}
		}
		if !w.now().After(end) {
			t.Error("the test has not passed the first end")
		}
		w.wait(time.Hour)
		if w.works(made.Token) {
			t.Error("it works after an hour without use")
		}
	}
}

func TestUseDoesNotRenewWhereThatIsOff(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{`"false"`, `false`} {
		w := newWorld(t)
		w.set("token_auto_renewal", setting)
		made := w.apply(auth.Space, w.space, auth.View)
		w.wait(59 * time.Minute)
		if !w.works(made.Token) {
			t.Error("it has ended early")
		}
		w.wait(time.Minute)
		if w.works(made.Token) {
			t.Errorf("%s: it was renewed", setting)
		}
	}
}

func TestATokenCostsOneStatementOnceInAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.apply(auth.Task, w.task, auth.View)
	for i, want := range []int{1, 0, 0} {
		ctx, counter := store.WithCounter(t.Context())
		if _, err := w.auth.Header(ctx, bearer(made.Token)); err != nil || counter.Statements() != want {
			t.Errorf("request %d: %q, %v", i, counter.Texts(), err)
		}
	}
	ctx, counter := store.WithCounter(t.Context())
	for _, bad := range []string{"", "x", made.Token + "x", strings.Repeat("*", 43)} {
		if _, err := w.auth.Header(ctx, bearer(bad)); fault.CodeOf(err) != fault.CodeUnauthenticated || counter.Statements() != 0 {
			t.Errorf("%q: %v, %d statements", bad, err, counter.Statements())
		}
	}
}

func TestHeadersThatSayTwoThingsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.apply(auth.Space, w.space, auth.View).Token
	const app = `{"bk_app_code":"ours","bk_app_secret":"ours"}`
	for name, test := range map[string]struct {
		header http.Header
		want   string
	}{
		"Token":        {http.Header{"Authorization": {"Bearer " + token}}, ""},
		"SchemeInAny":  {http.Header{"Authorization": {"bearer  " + token}}, ""},
		"AppAndToken":  {http.Header{"Authorization": {"Bearer " + token}, "X-Bkapi-Authorization": {app}}, "not both"},
		"JWTAndToken":  {http.Header{"Authorization": {"Bearer " + token}, "X-Bkapi-Jwt": {"x"}}, "not both"},
		"TwoTokens":    {http.Header{"Authorization": {"Bearer " + token, "Bearer " + token}}, "once"},
		"OtherScheme":  {http.Header{"Authorization": {"Basic eDp5"}}, "must have the header"},
		"AppBehind":    {http.Header{"Authorization": {"Basic eDp5"}, "X-Bkapi-Authorization": {app}}, ""},
		"WrongPlace":   {http.Header{"X-Bkapi-Authorization": {token}}, "not a JSON object"},
		"WrongScheme":  {http.Header{"Authorization": {token}}, "must have the header"},
		"AppAsAToken":  {http.Header{"Authorization": {"Bearer " + app}}, "unknown, expired or revoked"},
		"TokenWithNUL": {http.Header{"X-Bkapi-Authorization": {"token\x00" + token}}, "not a JSON object"},
	} {
		for range 2 { // the second time from the cache, if it is there
			_, err := w.auth.Header(t.Context(), test.header)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("%s: %v", name, err)
			case test.want != "" && (fault.CodeOf(err) != fault.CodeUnauthenticated || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%s: %v", name, err)
			case err != nil && strings.Contains(err.Error(), token):
				t.Errorf("%s repeats the token: %v", name, err)
			}
		}
	}
}
