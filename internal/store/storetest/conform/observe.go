package conform

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/store"
)

// identities: ids are unique over all tables, with the same ranges in each dialect, so
// that rows can move from one to the other.
var identities = map[string]func(*testing.T, pair){
	"IDsTellTheirTable": idsTellTheirTable,
	"LaterRowsHaveGreaterIDs": func(t *testing.T, p pair) {
		last := 0
		for i := range 6 {
			s := []*store.Store{p.a, p.b}[i%2]
			err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				row, err := tx.App.Create().SetCode(string(rune('a' + i))).SetSecretDigest([]byte("d")).Save(ctx)
				if err == nil && row.ID <= last {
					t.Errorf("%d came after %d", row.ID, last)
				}
				last = max(last, row.ID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	},
}

// idsTellTheirTable: each table has 2^32 ids of its own. PostgreSQL begins with the very
// first, SQLite after it.
func idsTellTheirTable(t *testing.T, p pair) {
	made := addSpace(t, p.b)
	got := map[string]int{"apps": made.app, "spaces": made.space, "templates": made.template, "snapshots": made.snapshot}
	err := p.a.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		owner, err := made.task(tx, "t").Save(ctx)
		if err != nil {
			return err
		}
		run, err := tx.TaskRun.Create().SetTaskID(owner.ID).Save(ctx)
		if err != nil {
			return err
		}
		got["tasks"], got["task_runs"] = owner.ID, run.ID
		version, err := tx.PipelineVersion.Create().SetTemplateID(made.template).SetSnapshotID(made.snapshot).SetDraft(true).Save(ctx)
		if err == nil {
			got["pipeline_versions"] = version.ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"apps": 0, "pipeline_versions": 3, "snapshots": 4, "spaces": 5, "tasks": 7, "templates": 10, "task_runs": 16}
	for table, place := range want {
		if id := got[table]; id != place<<32 && id != place<<32+1 {
			t.Errorf("the first id of %s is %d, want %d", table, id, place<<32)
		}
	}
}

// observations: both dialects send the same statements and tell the same of them.
var observations = map[string]func(*testing.T, pair){
	"StatementsAreCountedAlike":     countedAlike,
	"AnObserverIsToldOfEachOfThem":  observed,
	"AnObserverKnowsOfOneStoreOnly": observedAlone,
}

// script sends one statement of each kind.
func script(ctx context.Context, t *testing.T, s *store.Store, prefix string) {
	t.Helper()
	for kind, run := range kinds(s) {
		err := run(ctx, func(ctx context.Context, tx *ent.Tx) error {
			if err := insert(prefix+kind)(ctx, tx); err != nil {
				return err
			}
			if err := tx.App.Update().Where(app.Code(prefix + kind)).SetSuperuser(true).Exec(ctx); err != nil {
				return err
			}
			_, err := tx.App.Query().WithSpaces().All(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add := func(code string) *ent.AppCreate {
		return s.Write.App.Create().SetCode(prefix + code).SetSecretDigest([]byte("d"))
	}
	if err := s.Write.App.CreateBulk(add("1"), add("2")).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write.App.Delete().Where(app.CodeHasPrefix(prefix)).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read.App.Query().Count(ctx); err != nil {
		t.Fatal(err)
	}
}

// scripted are the verbs of script; an app without spaces has none to be looked up.
var scripted = []string{"INSERT", "UPDATE", "SELECT", "SELECT", "INSERT", "UPDATE", "SELECT", "SELECT", "INSERT", "DELETE", "SELECT"}

func verbs(texts []string) (all []string) {
	for _, text := range texts {
		verb, _, _ := strings.Cut(text, " ")
		all = append(all, verb)
	}
	return all
}

func countedAlike(t *testing.T, p pair) {
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx, counter := store.WithCounter(parent)
	script(ctx, t, p.a, "counted")
	if got := verbs(counter.Texts()); !slices.Equal(got, scripted) || counter.Statements() != len(scripted) {
		t.Errorf("counted %q, want %q", got, scripted)
	}
	script(parent, t, p.a, "not counted")
	if counter.Statements() != len(scripted) {
		t.Errorf("statements of another context were counted: %q", counter.Texts())
	}
}

// diary is an observer that writes everything down.
type diary struct {
	mu     sync.Mutex
	texts  []string
	ended  int
	errs   int
	waited int
}

func (d *diary) Statement(_ context.Context, text string) func(error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.texts = append(d.texts, text)
	return func(err error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ended++
		if err != nil {
			d.errs++
		}
	}
}

func (d *diary) Waited(_ context.Context, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if wait >= 0 {
		d.waited++
	}
}

func observed(t *testing.T, p pair) {
	d := &diary{}
	p.a.Observe(d)
	script(t.Context(), t, p.a, "s3cret")
	if err := p.a.ReadDriver().Query(t.Context(), "SELEKT 1", []any{}, new(entsql.Rows)); err == nil {
		t.Fatal("nonsense was run")
	}
	p.a.Observe(nil)
	if _, err := p.a.Read.App.Query().Count(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, verb := range verbs(d.texts) {
		told[verb]++
	}
	for verb, want := range map[string]int{"BEGIN": 2, "INSERT": 3, "UPDATE": 2, "DELETE": 1, "SELECT": 5, "SELEKT": 1, "COMMIT": 2} {
		if told[verb] != want {
			t.Errorf("told of %d %s, want %d: %q", told[verb], verb, want, d.texts)
		}
	}
	if d.ended != len(d.texts) || d.errs != 1 || d.waited != 2 {
		t.Errorf("%d began, %d ended, %d failed, %d waited", len(d.texts), d.ended, d.errs, d.waited)
	}
	if strings.Contains(strings.Join(d.texts, "\n"), "s3cret") {
		t.Errorf("a value shows in %q", d.texts)
	}
}

func observedAlone(t *testing.T, p pair) {
	d := &diary{}
	p.a.Observe(d)
	script(t.Context(), t, p.b, "other")
	if len(d.texts) != 0 || d.waited != 0 {
		t.Errorf("told of %q of another store", d.texts)
	}
}
