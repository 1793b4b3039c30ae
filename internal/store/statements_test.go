package store_test

import (
	"strings"
	"sync"
	"testing"

	"rehearse.dev/ent/app"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

func TestCounterSeesPreparedStatements(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	read, write := store.Pools(s)
	ctx, counter := store.WithCounter(t.Context())
	query, err := read.PrepareContext(ctx, "SELECT count(*) FROM apps WHERE id > ?")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = query.Close() }()
	change, err := write.PrepareContext(ctx, "DELETE FROM apps WHERE id = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = change.Close() }()
	var n int
	for range 2 {
		if err := query.QueryRowContext(ctx, 1).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if _, err := change.ExecContext(ctx, 1); err != nil {
			t.Fatal(err)
		}
	}
	if counter.Statements() != 4 {
		t.Errorf("counted %q", counter.Texts())
	}
}

func TestKeptStatementsAreSharedSafely(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ids := make([]int, 40)
	for i := range ids {
		ids[i] = addApp(t, s, string(rune('a'+i))).ID
	}
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := range 100 {
				id := ids[(worker*7+i)%len(ids)]
				// The length of the list makes more texts than a connection keeps.
				list := ids[:(worker+i)%len(ids)+1]
				if got, err := s.Read.App.Get(t.Context(), id); err != nil || got.ID != id {
					t.Errorf("get %d: %v, %v", id, got, err)
				}
				if n, err := s.Read.App.Query().Where(app.IDIn(list...)).Count(t.Context()); err != nil || n != len(list) {
					t.Errorf("count %d: %d, %v", len(list), n, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAStatementInUseIsNotSharedByTheSameText(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	addApp(t, s, "a")
	addApp(t, s, "b")
	_, write := store.Pools(s)
	c, err := write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	const text = "SELECT code FROM apps ORDER BY code"
	outer, err := c.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = outer.Close() }()
	var got []string
	for outer.Next() {
		var a, b string
		if err := outer.Scan(&a); err != nil {
			t.Fatal(err)
		}
		if err := c.QueryRowContext(t.Context(), text).Scan(&b); err != nil {
			t.Fatal(err)
		}
		got = append(got, a+b)
	}
	if err := outer.Err(); err != nil || strings.Join(got, " ") != "aa ba" {
		t.Errorf("read %v, %v", got, err)
	}
}

func TestKeptStatementsFollowTheSchema(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	read, write := store.Pools(s)
	columns := func() int {
		rows, err := read.QueryContext(t.Context(), "SELECT * FROM apps")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		names, err := rows.Columns()
		if err != nil || rows.Err() != nil {
			t.Fatal(err, rows.Err())
		}
		return len(names)
	}
	before := columns()
	if _, err := write.ExecContext(t.Context(), "ALTER TABLE apps ADD COLUMN extra text"); err != nil {
		t.Fatal(err)
	}
	if after := columns(); after != before+1 {
		t.Errorf("%d columns, then %d", before, after)
	}
}
