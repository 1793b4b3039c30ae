package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/internal/store/storetest"
)

// BenchmarkBulkInsert compares two ways to insert the rows of many nodes in one prepared
// statement, in turns, so that both see the same machine: a place for each value, as the
// runner does, and an array for each column. The ratio is that of the medians.
func BenchmarkBulkInsert(b *testing.B) {
	if !storetest.OnPostgres() {
		b.Skipf("no PostgreSQL: %s is not set", storetest.Variable)
	}
	for _, rows := range []int{12, 500} {
		b.Run(fmt.Sprintf("%d rows", rows), func(b *testing.B) { bulkInsert(b, rows) })
	}
}

func bulkInsert(b *testing.B, rows int) {
	b.Helper()
	ctx := b.Context()
	conn, err := pgx.Connect(ctx, storetest.Postgres(b))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	const table = "CREATE TEMPORARY TABLE bulk (id bigserial PRIMARY KEY, task_id bigint, node_id text, number bigint, " +
		"is_current boolean, state text, row bytea, UNIQUE (task_id, node_id, number))"
	if _, err := conn.Exec(ctx, table); err != nil {
		b.Fatal(err)
	}
	columns := []string{"task_id", "node_id", "number", "is_current", "state", "row"}
	body := make([]byte, 400)
	var (
		flat    []any
		tasks   = make([]int64, rows)
		nodes   []string
		numbers []int64
		current []bool
		states  []string
		bodies  [][]byte
	)
	for i := range rows {
		node := fmt.Sprintf("node-%d", i)
		flat = append(flat, int64(0), node, int64(1), true, "FINISHED", body)
		nodes, numbers, current = append(nodes, node), append(numbers, 1), append(current, true)
		states, bodies = append(states, "FINISHED"), append(bodies, body)
	}
	places := insertRows("bulk", columns, rows)
	const arrays = "INSERT INTO bulk (task_id, node_id, number, is_current, state, row) " +
		"SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::boolean[], $5::text[], $6::bytea[])"
	var took [2][]time.Duration
	for task := int64(1); b.Loop(); task++ {
		for which := range took {
			id := 2*task + int64(which)
			for i := range rows {
				flat[i*len(columns)], tasks[i] = id, id
			}
			began := time.Now()
			if which == 0 {
				_, err = conn.Exec(ctx, places, flat...)
			} else {
				_, err = conn.Exec(ctx, arrays, tasks, nodes, numbers, current, states, bodies)
			}
			if err != nil {
				b.Fatal(err)
			}
			took[which] = append(took[which], time.Since(began))
		}
	}
	for which := range took {
		slices.Sort(took[which])
	}
	values, unnest := took[0][len(took[0])/2], took[1][len(took[1])/2]
	b.ReportMetric(float64(values.Microseconds()), "values-µs")
	b.ReportMetric(float64(unnest.Microseconds()), "unnest-µs")
	b.ReportMetric(float64(unnest)/float64(values), "ratio")
}
