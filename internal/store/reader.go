package store

import (
	"context"
	"database/sql"
	"sync"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// reader is the Ent driver of the read client.
//
// database/sql starts a goroutine for every query whose context can be
// cancelled, a fifth of the cost of a small one, and serves those who wait for a
// connection in random order. So the waiting is done here, fairly and ending
// with the context, and the query runs under a detached context.
type reader struct {
	*entsql.Driver
	tokens chan struct{} // one for each connection of the pool
}

func newReader(db *sql.DB, size int) *reader {
	return &reader{Driver: entsql.OpenDB(dialect.SQLite, db), tokens: make(chan struct{}, size)}
}

// Query implements dialect.Driver.
func (r *reader) Query(ctx context.Context, query string, args, v any) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	if err := r.Driver.Query(detach(ctx), query, args, v); err != nil {
		r.leave()
		return err
	}
	found, ok := v.(*entsql.Rows)
	if !ok { // not reached: Ent's driver has refused it
		r.leave()
		return nil
	}
	found.ColumnScanner = &held{ColumnScanner: found.ColumnScanner, release: r.leave}
	return nil
}

// Exec implements dialect.Driver.
func (r *reader) Exec(ctx context.Context, query string, args, v any) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	defer r.leave()
	return r.Driver.Exec(detach(ctx), query, args, v)
}

// enter waits for a connection. Blocked senders are served first come, first served.
func (r *reader) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case r.tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *reader) leave() { <-r.tokens }

// held are rows that occupy a connection until they are closed.
type held struct {
	entsql.ColumnScanner
	release func()
	once    sync.Once
}

// Close implements entsql.ColumnScanner.
func (h *held) Close() error {
	err := h.ColumnScanner.Close()
	h.once.Do(h.release)
	return err
}
