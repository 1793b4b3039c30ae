package e2e

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// tricks are what may happen to jobs of the queue that wakes tasks. Nothing may rest on
// them.
var tricks = map[string]string{
	"duplicated": `INSERT INTO river_job (args, kind, max_attempts, priority, queue, scheduled_at, state)
		SELECT args, kind, max_attempts, priority, queue, scheduled_at, 'available' FROM river_job WHERE kind = 'wake' ORDER BY id DESC LIMIT 10`,
	"early": `INSERT INTO river_job (args, kind, max_attempts, priority, queue, scheduled_at, state)
		SELECT jsonb_build_object('task', id, 'at', to_char(now() AT TIME ZONE 'UTC' - interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
		'wake', 3, 1, 'wake', now() - interval '1 day', 'available' FROM tasks ORDER BY random() LIMIT 10`,
	"stray": `INSERT INTO river_job (args, kind, max_attempts, priority, queue, scheduled_at, state)
		SELECT jsonb_build_object('task', n, 'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
		'wake', 3, 1, 'wake', now(), 'available' FROM unnest(ARRAY[-1, 0, 1, 4000000000000000]) n`,
	"late": `UPDATE river_job SET scheduled_at = scheduled_at + interval '1 hour' WHERE id IN (SELECT id FROM river_job WHERE state IN ('available', 'scheduled') ORDER BY random() LIMIT 10)`,
	"lost": `DELETE FROM river_job`,
}

// meddle spoils jobs until the context ends, and counts them.
func (c *cluster) meddle(ctx context.Context) (done map[string]int64, err error) {
	db, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close(context.WithoutCancel(ctx)) }()
	done = map[string]int64{}
	names := []string{"duplicated", "early", "stray", "late"}
	for i := 0; ; i++ {
		name := names[c.intn(len(names))]
		if i%20 == 19 {
			name = "lost"
		}
		tag, err := db.Exec(ctx, tricks[name])
		if ctx.Err() != nil {
			return done, nil
		}
		if err != nil {
			return done, fmt.Errorf("%s jobs: %w", name, err)
		}
		done[name] += tag.RowsAffected()
		pause(ctx, 300*time.Millisecond)
	}
}

// spoilt tells in words what meddle did.
func spoilt(done map[string]int64) string {
	var parts []string
	for _, name := range []string{"duplicated", "early", "stray", "late", "lost"} {
		parts = append(parts, fmt.Sprintf("%d %s", done[name], name))
	}
	return strings.Join(parts, ", ")
}

// inDB looks into the database itself.
func (c *cluster) inDB(look func(ctx context.Context, db *pgx.Conn) error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	db, err := pgx.Connect(ctx, c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close(ctx) }()
	if err := look(ctx, db); err != nil {
		c.t.Fatal(err)
	}
}

// transactions tells what PostgreSQL counted: conflicts are among what was rolled back.
func (c *cluster) transactions() string {
	c.t.Helper()
	var commits, rollbacks, deadlocks int64
	c.inDB(func(ctx context.Context, db *pgx.Conn) error {
		return db.QueryRow(ctx, "SELECT xact_commit, xact_rollback, deadlocks FROM pg_stat_database WHERE datname = current_database()").
			Scan(&commits, &rollbacks, &deadlocks)
	})
	if deadlocks > 0 {
		c.t.Errorf("%d deadlocks", deadlocks)
	}
	return fmt.Sprintf("%d transactions, %d rolled back, %d deadlocks", commits, rollbacks, deadlocks)
}

// owners names the processes that make the calls of nodes.
func (c *cluster) owners(nodes []place) map[place]string {
	c.t.Helper()
	names := map[place]string{}
	c.inDB(func(ctx context.Context, db *pgx.Conn) error {
		for _, at := range nodes {
			var name string
			if err := db.QueryRow(ctx, "SELECT owner FROM task_calls WHERE task_id = $1::text::bigint AND node_id = $2", at.task, at.node).Scan(&name); err != nil {
				return err
			}
			names[at] = name
		}
		return nil
	})
	return names
}
