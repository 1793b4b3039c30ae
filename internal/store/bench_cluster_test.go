package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store/storetest"
)

// BenchmarkEdits compares transactions that run one at a time over all servers with those
// that run beside others: sixteen callers, each with a row of its own.
func BenchmarkEdits(b *testing.B) {
	s := storetest.New(b)
	var ids []int
	for i := range 64 {
		row := s.Write.App.Create().SetCode(fmt.Sprint("app", i)).SetSecretDigest(make([]byte, 32)).SaveX(b.Context())
		ids = append(ids, row.ID)
	}
	type how = func(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) error
	for name, transact := range map[string]how{"alone": s.InTx, "guarded": s.Guarded} {
		b.Run(name, func(b *testing.B) {
			var next atomic.Int64
			b.SetParallelism(8) // of two processors
			b.RunParallel(func(pb *testing.PB) {
				id := ids[next.Add(1)%64]
				for pb.Next() {
					err := transact(b.Context(), func(ctx context.Context, tx *ent.Tx) error {
						if _, err := tx.App.Get(ctx, id); err != nil {
							return err
						}
						return tx.App.UpdateOneID(id).SetSuperuser(true).Exec(ctx)
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "edits/s")
		})
	}
}
