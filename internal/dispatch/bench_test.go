package dispatch_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/store/storetest"
)

// BenchmarkWakeInTransaction compares a transaction of two plain inserts with the same
// that asks for a wake-up, in turns, so that both see the same machine. The ratio is
// that of the medians.
func BenchmarkWakeInTransaction(b *testing.B) {
	dsn := storetest.Postgres(b)
	pool := connect(b, dsn)
	if _, err := pool.Exec(b.Context(), "CREATE TABLE plain (id bigserial PRIMARY KEY, task bigint, body bytea)"); err != nil {
		b.Fatal(err)
	}
	d, err := dispatch.New(pool, quiet, dispatch.Options{})
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 500)
	var took [2][]time.Duration
	for i := 0; b.Loop(); i++ {
		for which := range took {
			began := time.Now()
			plainOrWake(b, pool, d, which == 1, i, body)
			took[which] = append(took[which], time.Since(began))
		}
	}
	for which := range took {
		slices.Sort(took[which])
	}
	plain, woken := took[0][len(took[0])/2], took[1][len(took[1])/2]
	b.ReportMetric(float64(plain.Microseconds()), "plain-µs")
	b.ReportMetric(float64(woken.Microseconds()), "wake-µs")
	b.ReportMetric(float64(woken)/float64(plain), "ratio")
}

func plainOrWake(b *testing.B, pool *pgxpool.Pool, d *dispatch.Dispatcher, wake bool, task int, body []byte) {
	b.Helper()
	ctx := b.Context()
	tx, err := pool.Begin(ctx)
	if err != nil {
		b.Fatal(err)
	}
	for range 2 {
		if _, err := tx.Exec(ctx, "INSERT INTO plain (task, body) VALUES ($1, $2)", task, body); err != nil {
			b.Fatal(err)
		}
	}
	if wake {
		if err := dispatch.Insert(ctx, d, tx, task, time.Now().Add(time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(ctx); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkManyAtOnce counts how many wake-ups for one moment a server works per second,
// when an advance takes no time.
func BenchmarkManyAtOnce(b *testing.B) {
	const many = 3000
	dsn := storetest.Postgres(b)
	pool := connect(b, dsn)
	tasks := make([]int, many)
	for i := range tasks {
		tasks[i] = i + 1
	}
	for b.Loop() {
		f := gather(nil)
		d, err := dispatch.New(pool, quiet, dispatch.Options{})
		if err != nil {
			b.Fatal(err)
		}
		ask(b, pool, d, false, time.Now(), tasks...)
		if _, err := pool.Exec(b.Context(), "UPDATE river_job SET state = 'available' WHERE state = 'scheduled'"); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := d.Start(b.Context(), f.by("a")); err != nil {
			b.Fatal(err)
		}
		for range many {
			<-f.each
		}
		b.ReportMetric(many/time.Since(began).Seconds(), "wakes/s")
		if err := d.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
