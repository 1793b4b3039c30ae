package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// The benchmarks compare the store with go-sqlite3 as it comes: the same file
// and settings, no kept statements and contexts that are watched.

func BenchmarkSelectOne(b *testing.B) {
	s, ids := filled(b, 1000)
	for name, client := range readers(b, s) {
		b.Run(name, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := client.App.Get(ctx, ids[i%len(ids)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSelectTwenty(b *testing.B) {
	s, ids := filled(b, 1000)
	for name, client := range readers(b, s) {
		b.Run(name, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			b.ReportAllocs()
			for b.Loop() {
				list, err := client.App.Query().Where(app.IDGT(ids[500])).Order(app.ByID()).Limit(20).All(ctx)
				if err != nil || len(list) != 20 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}

func BenchmarkInsertInTransaction(b *testing.B) {
	s, _ := filled(b, 1)
	b.Run("store", func(b *testing.B) {
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		b.ReportAllocs()
		for b.Loop() {
			err := s.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
				return insertApp(ctx, tx, fmt.Sprint("s", serial.Add(1)))
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	path := filepath.Join(b.TempDir(), "plain.db")
	plain := plainClient(b, store.WriterDSN(path), 1)
	if err := plain.Schema.Create(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Run("plain", func(b *testing.B) {
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		b.ReportAllocs()
		for b.Loop() {
			tx, err := plain.Tx(ctx)
			if err != nil {
				b.Fatal(err)
			}
			if err := insertApp(ctx, tx, fmt.Sprint("p", serial.Add(1))); err != nil {
				b.Fatal(err)
			}
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// serial keeps the unique codes apart, whatever the number of rounds.
var serial atomic.Int64

func filled(b *testing.B, n int) (*store.Store, []int) {
	b.Helper()
	s := storetest.NewFile(b)
	var ids []int
	err := s.InTx(b.Context(), func(ctx context.Context, tx *ent.Tx) error {
		for i := range n {
			a, err := tx.App.Create().SetCode(fmt.Sprint("app", i)).SetSecretDigest(make([]byte, 32)).Save(ctx)
			if err != nil {
				return err
			}
			ids = append(ids, a.ID)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, ids
}

func readers(b *testing.B, s *store.Store) map[string]*ent.Client {
	b.Helper()
	_, write := store.Pools(s)
	var number, name, path string
	if err := write.QueryRowContext(b.Context(), "PRAGMA database_list").Scan(&number, &name, &path); err != nil {
		b.Fatal(err)
	}
	return map[string]*ent.Client{"store": s.Read, "plain": plainClient(b, store.ReaderDSN(path), store.DefaultReaders)}
}

// plainClient uses the DSN without its last two parameters, which are ours.
func plainClient(b *testing.B, dsn string, size int) *ent.Client {
	b.Helper()
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	b.Cleanup(func() { _ = db.Close() })
	return ent.NewClient(ent.Driver(entsql.OpenDB(dialect.SQLite, db)))
}
