package app_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"rehearse.dev/graph"
	"rehearse.dev/internal/app"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store/storetest"
)

// Of two servers of one database, each believes a caller for a while without a look. What
// the one changes about callers, the other does not believe for the rest of that time.
func TestServersTellEachOtherOfCallers(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t)
	s := newServer(t)
	there := s.ours.at(s.another(t))

	told(t, "a revoked token", func() (changed func() bool) {
		token := text(s.ours.change(t, "applyToken", "ApplyTokenInput", "token", vars{
			"resourceType": "SPACE", "resourceId": s.ours.space, "permission": "VIEW", "user": "ann",
		}), "token")
		works := func() bool {
			return there.send(t, []byte(`{"query": "{ viewer { appCode } }"}`), bearer(token)).status == http.StatusOK
		}
		if !works() {
			t.Fatal("the token does not work at the other server")
		}
		s.ours.query(t, `mutation($token: String!) { revokeToken(input: {token: $token}) { revoked } }`, vars{"token": token})
		return func() bool { return !works() }
	})
	told(t, "a new space", func() (changed func() bool) {
		spaces := func() int { return len(list(there.query(t, `{ viewer { spaces { id } } }`, nil), "viewer.spaces")) }
		before := spaces()
		s.ours.newSpace(t, time.Now().Format("150405.000000"))
		return func() bool { return spaces() > before }
	})
}

// told makes a change until it is seen before the other server would have looked anyway:
// on a machine that does much else, one try may take longer than that.
func told(t *testing.T, what string, change func() (changed func() bool)) {
	t.Helper()
	const tries = 10
	for range tries {
		began := time.Now() // the other server remembers the caller no earlier
		changed := change()
		for !changed() && time.Since(began) < patience { // each look is a request
		}
		if time.Since(began) < auth.CacheTTL {
			return
		}
	}
	t.Errorf("%s is seen at the other server only when it looks anyway", what)
}

// another is one more server of the same database.
func (s *server) another(t *testing.T) http.Handler {
	t.Helper()
	program, err := app.Assemble(t.Context(), s.db, filepath.Join(s.dir, "rehearse.key"))
	fatal(t, err)
	t.Cleanup(func() {
		if err := program.Close(); err != nil {
			t.Error(err)
		}
	})
	log := app.NewLog("text", s.log)
	fatal(t, program.Run(t.Context(), log))
	handler, err := program.Handler(log, graph.Options{})
	fatal(t, err)
	return handler
}

// at is the same caller at another server.
func (c *client) at(handler http.Handler) *client {
	other, there := *c.server, *c
	other.handler = handler
	there.server = &other
	return &there
}
