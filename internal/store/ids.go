package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/ent"
)

// mostIDs is how many ids of a table a process takes at once when many are asked for.
const mostIDs = 64

// ids are those that this process has taken and not used.
type ids struct {
	mu     sync.Mutex
	tables map[string]*idBlock
	// age counts how often those that were taken before have become void.
	age atomic.Int64
}

// idBlock are ids of a table, and how many it takes next.
type idBlock struct {
	free []int
	more int
	age  int64
}

// NewID takes the id of a row that is about to be inserted, so that what follows from the
// id can be made ahead of the transaction. Nobody else gets it, on any server. Ids are
// taken in blocks: they need not rise from one insertion to the next, and what a process
// has not used when it ends nobody uses. The ids of the table must tell the table, as all
// do but those of apps. Inside a transaction it is ErrNested.
func (s *Store) NewID(ctx context.Context, table string) (int, error) {
	if running(ctx) != nil {
		return 0, ErrNested
	}
	s.ids.mu.Lock()
	defer s.ids.mu.Unlock()
	age := s.ids.age.Load()
	b := s.ids.tables[table]
	if b == nil || b.age != age {
		b = &idBlock{more: 1}
	}
	if len(b.free) == 0 {
		free, err := s.backend.takeIDs(ctx, table, b.more)
		if err == nil && len(free) != b.more {
			err = fmt.Errorf("there are %d of %d", len(free), b.more)
		}
		if err != nil {
			return 0, Translate(fmt.Errorf("take ids of %s: %w", table, err))
		}
		b = &idBlock{free: free, more: min(2*b.more, mostIDs), age: age}
		if s.ids.tables == nil {
			s.ids.tables = map[string]*idBlock{}
		}
		s.ids.tables[table] = b
	}
	id := b.free[0]
	b.free = b.free[1:]
	return id, nil
}

// forget gives up what was taken. Who takes more may wait for it.
func (i *ids) forget() { i.age.Add(1) }

// takeIDs implements backend.
func (f *file) takeIDs(ctx context.Context, table string, n int) (free []int, err error) {
	after, err := f.transact(ctx, true, func(ctx context.Context, tx *ent.Tx) error {
		rows, err := tx.QueryContext(ctx, "UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ? RETURNING seq", n, table)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var last int
			if err := rows.Scan(&last); err != nil {
				return err
			}
			for id := last - n + 1; id <= last; id++ {
				free = append(free, id)
			}
		}
		return rows.Err()
	})
	for _, f := range after {
		f()
	}
	return free, err
}

// takeIDs implements backend.
func (c *cluster) takeIDs(ctx context.Context, table string, n int) (free []int, err error) {
	limited, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	err = unbroken(limited, c.writes, func() error {
		rows, err := c.writes.Query(limited, "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)", table, n)
		if err != nil {
			return err
		}
		free, err = pgx.CollectRows(rows, pgx.RowTo[int])
		return err
	})
	return free, overdue(ctx, lost(err))
}
