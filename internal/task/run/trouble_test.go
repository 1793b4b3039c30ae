package run_test

import (
	"context"
	"sync"

	"rehearse.dev/ent"
)

// together runs f for 0 to n-1 at once.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			f(i)
		})
	}
	close(begin)
	all.Wait()
}

// broken makes a kind of statement fail on a table, mended ends that.
func (w *world) broken(table, kind string) {
	w.t.Helper()
	w.exec("CREATE TRIGGER broken_" + table + " BEFORE " + kind + " ON " + table + " BEGIN SELECT RAISE(ABORT, 'broken'); END")
}

func (w *world) mended(table string) {
	w.t.Helper()
	w.exec("DROP TRIGGER broken_" + table)
}

func (w *world) exec(query string) {
	w.t.Helper()
	w.must(w.store.InTx(w.t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		_, err := tx.ExecContext(ctx, query)
		return err
	}))
}
