package read_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/ent"
	"rehearse.dev/graph"
	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// names sort differently by bytes and by the habits of people.
var names = []string{
	"b", "B", "a", "A", "ä", "Ä", "z", "Z", "_x", "-x", " x", "é", "É", "模板", "a b", "a_b", "aXb", "a%b", `a\b`,
	"10", "9", "same", "same", "same", "SAME", "İ", "ı", "K", "ß", "🙂", "ﬁ", "ẞ",
}

// shelf is a space with a task of each name; every third was made at the same moment.
type shelf struct {
	store  *store.Store
	reader *read.Reader
	ctx    context.Context
	app    int
	space  int
	begin  time.Time
	tasks  []*ent.Task
}

func newShelf(t *testing.T, s *store.Store) *shelf {
	t.Helper()
	h := &shelf{
		store: s, reader: read.New(s.Read, s.ReadDriver(), nil, nil, graph.Schema()),
		begin: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	must(t, s.InTx(t.Context(), h.fill))
	h.ctx = auth.WithCaller(t.Context(), auth.Caller{AppID: h.app, AppCode: "app", Spaces: []int{h.space}})
	return h
}

func (h *shelf) fill(ctx context.Context, tx *ent.Tx) error {
	app, err := tx.App.Create().SetCode("app").SetSecretDigest([]byte("x")).Save(ctx)
	if err != nil {
		return err
	}
	h.app = app.ID
	space, err := tx.Space.Create().SetAppID(app.ID).SetName("s").Save(ctx)
	if err != nil {
		return err
	}
	h.space = space.ID
	tree, err := tx.Snapshot.Create().SetDigest("d").SetDocument([]byte("{}")).Save(ctx)
	if err != nil {
		return err
	}
	template, err := tx.Template.Create().SetAppID(app.ID).SetSpaceID(space.ID).SetName("t").SetNotifyConfig([]byte("{}")).Save(ctx)
	if err != nil {
		return err
	}
	for i, name := range names {
		row, err := tx.Task.Create().
			SetAppID(app.ID).SetSpaceID(space.ID).SetTemplateID(template.ID).SetInstanceID(fmt.Sprintf("%032x", i)).
			SetName(name).SetCreator("me").SetCreateMethod("MOCK").SetTriggerMethod("API").SetExtraInfo([]byte("{}")).
			SetSnapshotID(tree.ID).SetExecutionSnapshotID(tree.ID).SetCreateTime(h.begin.Add(time.Duration(i/3) * time.Microsecond)).Save(ctx)
		if err != nil {
			return err
		}
		h.tasks = append(h.tasks, row)
	}
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// list reads all tasks in pages of three, from either end.
func (h *shelf) list(t *testing.T, f *model.TaskFilter, by *model.TaskOrder, backward bool) []string {
	t.Helper()
	want := read.Want{{Type: "TaskConnection", Fields: []*read.Field{
		{Alias: "totalCount", Name: "totalCount"},
		{Alias: "nodes", Name: "nodes", Of: &read.Selection{Type: "Task", Fields: []*read.Field{{Alias: "name", Name: "name"}}}},
	}}}
	three := 3
	var all []string
	for page := (read.Page{}); ; {
		page.First, page.Last = &three, nil
		if backward {
			page.First, page.Last = nil, &three
		}
		conn, err := h.reader.Tasks(h.ctx, nil, f, by, page, want)
		must(t, err)
		var part []string
		for _, n := range conn.Nodes {
			part = append(part, fmt.Sprint(n.Name, " ", n.ID))
		}
		if backward {
			all = append(part, all...)
		} else {
			all = append(all, part...)
		}
		switch {
		case backward && conn.PageInfo.HasPreviousPage:
			page.Before = conn.PageInfo.StartCursor
		case !backward && conn.PageInfo.HasNextPage:
			page.After = conn.PageInfo.EndCursor
		default:
			if conn.TotalCount != len(all) {
				t.Errorf("%d in all, %d on pages", conn.TotalCount, len(all))
			}
			return all
		}
	}
}

// expect is what the rows come to in Go.
func (h *shelf) expect(pass func(*ent.Task) bool, order func(a, b *ent.Task) int) []string {
	rows := slices.SortedFunc(slices.Values(h.tasks), order)
	var list []string
	for _, row := range rows {
		if pass(row) {
			list = append(list, fmt.Sprint(row.Name, " ", row.ID))
		}
	}
	return list
}

// listsAgree compares lists in all orders and with filters to what Go makes of the rows.
func (h *shelf) listsAgree(t *testing.T) {
	byName := func(a, b *ent.Task) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) }
	byTime := func(a, b *ent.Task) int { return cmp.Or(a.CreateTime.Compare(b.CreateTime), cmp.Compare(a.ID, b.ID)) }
	all := func(*ent.Task) bool { return true }
	template := fmt.Sprint(h.tasks[0].TemplateID)
	type filter struct {
		said *model.TaskFilter
		pass func(*ent.Task) bool
	}
	filters := map[string]filter{
		"all":      {nil, all},
		"template": {&model.TaskFilter{TemplateID: &template}, all},
		"state":    {&model.TaskFilter{State: []model.TaskState{"CREATED", "FAILED"}}, all},
	}
	for _, part := range []string{"a", "A", "ä", "Ä", "%", "_", `\`, "same", "i", "k", "ss", "板", "x"} {
		filters["contains "+part] = filter{&model.TaskFilter{NameContains: &part}, func(row *ent.Task) bool {
			return strings.Contains(foldASCII(row.Name), foldASCII(part))
		}}
	}
	for _, finer := range []time.Duration{0, 1, 999} {
		from, before := h.begin.Add(2*time.Microsecond+finer), h.begin.Add(5*time.Microsecond+finer)
		filters[fmt.Sprint("times ", finer)] = filter{&model.TaskFilter{CreatedFrom: &from, CreatedBefore: &before}, func(row *ent.Task) bool {
			return !row.CreateTime.Before(from) && row.CreateTime.Before(before)
		}}
	}
	for name, f := range filters {
		for field, order := range map[model.TaskOrderField]func(a, b *ent.Task) int{
			model.TaskOrderFieldName: byName, model.TaskOrderFieldCreateTime: byTime,
		} {
			for _, direction := range []model.OrderDirection{model.OrderDirectionAsc, model.OrderDirectionDesc} {
				want := h.expect(f.pass, order)
				if direction == model.OrderDirectionDesc {
					slices.Reverse(want)
				}
				for _, backward := range []bool{false, true} {
					got := h.list(t, f.said, &model.TaskOrder{Field: field, Direction: direction}, backward)
					if !slices.Equal(got, want) {
						t.Errorf("%s by %s %s, backward %v:\ngot  %q\nwant %q", name, field, direction, backward, got, want)
					}
				}
			}
		}
	}
}

func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func TestListsAreOrderedByBytesAndFoldASCII(t *testing.T) {
	t.Parallel()
	newShelf(t, storetest.New(t)).listsAgree(t)
}

// TestTheLocaleOfTheDatabaseOrdersNothing: what a PostgreSQL server takes for the order
// of letters is up to who installed it.
func TestTheLocaleOfTheDatabaseOrdersNothing(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t)                     // skips without a server
	ctx := context.WithoutCancel(t.Context()) // also for what cleans up
	server, err := pgx.Connect(t.Context(), os.Getenv(storetest.Variable))
	must(t, err)
	defer func() { _ = server.Close(ctx) }()
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	name := "rehearse_locale_" + hex.EncodeToString(random[:])
	if _, err := server.Exec(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'"); err != nil {
		t.Skipf("the server has no locale to test with: %v", err)
	}
	dsn, err := url.Parse(os.Getenv(storetest.Variable))
	must(t, err)
	dsn.Path = "/" + name
	t.Cleanup(func() {
		again, err := pgx.Connect(ctx, os.Getenv(storetest.Variable))
		must(t, err)
		_, err = again.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		must(t, errors.Join(err, again.Close(ctx)))
	})
	s, err := store.Open(t.Context(), store.Options{DSN: dsn.String(), Migrate: true})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	newShelf(t, s).listsAgree(t)
}
