package read_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/ent/task"
	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// TestListsWalkTheIndexOfTheirSpace: whatever else there is, a page of a quiet space
// costs as much as a page. Generic plans are those of statements that were prepared.
func TestListsWalkTheIndexOfTheirSpace(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	h := newShelf(t, storetest.Open(t, dsn))
	db, err := pgx.Connect(t.Context(), dsn)
	must(t, err)
	defer func() { must(t, db.Close(t.Context())) }()
	run := func(text string, args ...any) {
		t.Helper()
		_, err := db.Exec(t.Context(), text, args...)
		must(t, err)
	}
	run(`INSERT INTO spaces (app_id, name, create_time) VALUES ($1, 'busy', now())`, h.app)
	run(`INSERT INTO tasks (create_time, app_id, space_id, instance_id, name, creator, create_method, trigger_method, extra_info, is_deleted, snapshot_id, execution_snapshot_id, template_id)
		SELECT now() + g * interval '1 s', t.app_id, (SELECT max(id) FROM spaces), md5(g::text), md5(g::text), 'me', 'MOCK', 'API', '{}', false, t.snapshot_id, t.snapshot_id, t.template_id
		FROM generate_series(1, 20000) g, (SELECT * FROM tasks LIMIT 1) t`)
	run("ANALYZE tasks")
	run("SET plan_cache_mode = force_generic_plan")

	space, id := fmt.Sprint(h.space), h.tasks[7].ID
	moment := "'" + h.begin.Format("2006-01-02 15:04:05.999999Z07:00") + "'"
	for name, c := range map[string]struct {
		order     model.TaskOrderField
		direction model.OrderDirection
		cursor    bool
		args      string
		index     string
	}{
		"newest first":         {"CREATE_TIME", "DESC", false, fmt.Sprintf("%d, %d, %d", h.app, h.space, h.space), "task_space_id_create_time"},
		"older":                {"CREATE_TIME", "DESC", true, fmt.Sprintf("%d, %d, %d, %s, %d", h.app, h.space, h.space, moment, id), "task_space_id_create_time"},
		"oldest first":         {"CREATE_TIME", "ASC", false, fmt.Sprintf("%d, %d, %d", h.app, h.space, h.space), "task_space_id_create_time"},
		"by name":              {"NAME", "ASC", false, fmt.Sprintf("%d, %d, %d", h.app, h.space, h.space), "task_space_id_name"},
		"by name, after a row": {"NAME", "DESC", true, fmt.Sprintf("%d, %d, %d, 'a', %d", h.app, h.space, h.space, id), "task_space_id_name"},
	} {
		t.Run(name, func(t *testing.T) {
			text := h.statement(t, space, c.order, c.direction, c.cursor)
			run("PREPARE page AS " + text)
			defer run("DEALLOCATE page")
			rows, err := db.Query(t.Context(), "EXPLAIN (COSTS OFF) EXECUTE page("+c.args+")", pgx.QueryExecModeSimpleProtocol)
			must(t, err)
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			must(t, err)
			plan := strings.Join(lines, "\n")
			if !strings.Contains(plan, "using "+c.index+" on "+task.Table) || !strings.Contains(plan, "Incremental Sort") {
				t.Errorf("%s\n%s", text, plan)
			}
		})
	}
}

// statement is the text that a list of a space is read with.
func (h *shelf) statement(t *testing.T, space string, by model.TaskOrderField, direction model.OrderDirection, cursor bool) string {
	t.Helper()
	order := &model.TaskOrder{Field: by, Direction: direction}
	one := 1
	page := read.Page{First: &one}
	if cursor {
		conn, err := h.reader.Tasks(h.ctx, &space, nil, order, page, nil)
		must(t, err)
		page.After = conn.PageInfo.EndCursor
	}
	ctx, counter := store.WithCounter(auth.WithCaller(h.ctx, auth.Caller{AppID: h.app, Spaces: []int{h.space}}))
	_, err := h.reader.Tasks(ctx, &space, nil, order, page, nil)
	must(t, err)
	texts := counter.Texts()
	if len(texts) != 1 {
		t.Fatalf("%d statements: %q", len(texts), texts)
	}
	return texts[0]
}
