package store

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
)

// history tells whether the database is still the one that it was. A server that takes
// over may lack what the one before it has acknowledged, and gives ids to others then that
// have been taken: what is in memory by them is to be forgotten.
type history struct {
	mu     sync.Mutex
	known  string
	forget []func()
}

// whichHistory names the cluster and its timeline, which is another one after each
// promotion. A standby has none of its own.
const whichHistory = `SELECT (SELECT system_identifier FROM pg_control_system()) || ' ' ||
	CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END`

// look asks a new connection, before anything else comes over it. A service that does not
// tell is taken for one that has not changed.
func (h *history) look(ctx context.Context, c *pgx.Conn) {
	results, err := c.PgConn().Exec(ctx, whichHistory).ReadAll()
	if err != nil || len(results) != 1 || len(results[0].Rows) != 1 || results[0].Rows[0][0] == nil {
		return
	}
	h.see(string(results[0].Rows[0][0]))
}

// see returns when everything is forgotten that belongs to another history.
func (h *history) see(which string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known != "" && h.known != which {
		for _, f := range h.forget {
			f()
		}
	}
	h.known = which
}

// OnFailover has f called when another server has taken over from the database, before
// anybody reads from it: ids may mean something else now. f must not use the store. A file
// stays what it is.
func (s *Store) OnFailover(f func()) {
	if s.history == nil {
		return
	}
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	s.history.forget = append(s.history.forget, f)
}
