package template_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/template"
)

// world is an empty database with two apps. Ours has a space with versioning and
// one without.
type world struct {
	*template.Service
	t      testing.TB
	ctx    context.Context
	store  *store.Store
	trees  *template.Trees
	ticks  atomic.Int64
	caller auth.Caller // ours
	other  auth.Caller // of another app
	root   auth.Caller // a superuser
	space  int         // ours, with versioning
	plain  int         // ours, without versioning
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), store: storetest.New(t)}
	w.trees = template.NewTrees(template.DefaultTreeBytes, badConstants)
	settings := space.New(space.Deps{Store: w.store, Now: w.now, Changed: func(context.Context, int) error { return nil }})
	w.Service = template.New(template.Deps{
		Store: w.store, Settings: settings, Trees: w.trees, Now: w.now,
	})
	w.caller = w.app("ours", false)
	w.other = w.app("theirs", false)
	w.root = w.app("root", true)
	w.space = w.newSpace(w.caller, "versioned", "true")
	w.plain = w.newSpace(w.caller, "plain", "false")
	return w
}

// now is a clock that moves a second at every look.
func (w *world) now() time.Time {
	return time.Date(2024, 5, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(w.ticks.Add(1)) * time.Second)
}

// badConstants stands for the engine's check: a constant "boom" cannot be evaluated.
func badConstants(p *flow.Pipeline) []fault.Problem {
	var list []fault.Problem
	for _, k := range p.Constants {
		if string(k.Value) == `"boom"` {
			list = append(list, fault.Problem{Code: flow.Variable, Message: "boom", Path: []string{"constants", k.Key, "value"}})
		}
	}
	return list
}

func (w *world) app(code string, superuser bool) auth.Caller {
	w.t.Helper()
	row := must(w.store.Write.App.Create().SetCode(code).SetSuperuser(superuser).SetSecretDigest([]byte(code)).Save(w.ctx))(w.t)
	return auth.Caller{AppID: row.ID, AppCode: code, Username: code + "-user", Superuser: superuser}
}

func (w *world) newSpace(owner auth.Caller, name, versioning string) int {
	w.t.Helper()
	row := must(w.store.Write.Space.Create().SetAppID(owner.AppID).SetName(name).Save(w.ctx))(w.t)
	must(w.store.Write.SpaceConfig.Create().SetSpaceID(row.ID).
		SetName(space.FlowVersioning).SetValue(json.RawMessage(`"` + versioning + `"`)).Save(w.ctx))(w.t)
	return row.ID
}

// template makes a template with the order tree as its draft.
func (w *world) template() int {
	w.t.Helper()
	return w.create(template.CreateParams{SpaceID: w.space, Name: "orders", PipelineTree: order(w.t)})
}

func (w *world) create(p template.CreateParams) int {
	w.t.Helper()
	return must(w.Create(w.ctx, w.caller, p))(w.t).TemplateID
}

func (w *world) release(id int) int {
	w.t.Helper()
	return must(w.Release(w.ctx, w.caller, template.ReleaseParams{ID: id}))(w.t)
}

func (w *world) save(id int, tree json.RawMessage) int {
	w.t.Helper()
	return must(w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: tree}))(w.t).VersionID
}

// read returns the template with its draft and release, as a reader sees it.
func (w *world) read(id int) *ent.Template {
	w.t.Helper()
	t := must(w.store.Read.Template.Get(w.ctx, id))(w.t)
	if t.DraftVersionID != nil {
		t.Edges.DraftVersion = w.version(*t.DraftVersionID)
	}
	if t.ReleasedVersionID != nil {
		t.Edges.ReleasedVersion = w.version(*t.ReleasedVersionID)
	}
	return t
}

func (w *world) version(id int) *ent.PipelineVersion {
	w.t.Helper()
	return must(w.store.Read.PipelineVersion.Get(w.ctx, id))(w.t)
}

// statements counts what do sends to the database.
func (w *world) statements(do func(ctx context.Context)) int {
	w.t.Helper()
	ctx, counter := store.WithCounter(w.ctx)
	do(ctx)
	for _, text := range counter.Texts() {
		w.t.Log(text)
	}
	return counter.Statements()
}

// holding is how many statements a change takes to hold its template: none on SQLite,
// where there is one writer.
func holding() int {
	if storetest.OnPostgres() {
		return 1
	}
	return 0
}

// must returns a function that gives v or ends the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			for _, p := range problemsOf(err) {
				t.Error(p)
			}
			t.Fatal(err)
		}
		return v
	}
}

func problemsOf(err error) []string {
	var list []string
	if f := fault.As(err); f != nil {
		for _, p := range f.Problems {
			word := p.Code
			if p.Sub != "" {
				word += "/" + p.Sub
			}
			list = append(list, word+" "+strings.Join(p.Path, "."))
		}
	}
	return list
}

// refused checks that err lists exactly these problems, each as "CODE path".
func refused(t testing.TB, err error, want ...string) {
	t.Helper()
	got := problemsOf(err)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("problems\n got %q\nwant %q\n(error: %v)", got, want, err)
	}
	if err != nil && fault.CodeOf(err) == fault.CodeInternal {
		t.Errorf("internal error: %v", err)
	}
}

// order is the tree of testdata/order.json with texts replaced pair by pair.
func order(t testing.TB, pairs ...string) json.RawMessage {
	t.Helper()
	doc, err := os.ReadFile("testdata/order.json")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(doc), pairs[i]) {
			t.Fatalf("the tree has no %q", pairs[i])
		}
	}
	return json.RawMessage(strings.NewReplacer(pairs...).Replace(string(doc)))
}

// broken is a tree that may be saved and may not run.
func broken(t testing.TB) json.RawMessage {
	t.Helper()
	return order(t, `"value": "A-1"`, `"value": "boom"`)
}

func ptr[T any](v T) *T { return &v }

// strangers are the calls that must find nothing: ours is the id of something of ours.
func (w *world) strangers(ours int) map[string]struct {
	caller auth.Caller
	id     int
} {
	type row = struct {
		caller auth.Caller
		id     int
	}
	return map[string]row{
		"another app":   {w.other, ours},
		"missing":       {w.caller, 999_999_999},
		"no id at all":  {w.caller, 0},
		"unknown owner": {auth.Caller{}, ours},
	}
}

var errRollback = errors.New("roll back")

// effective is the version that a mock task would use.
func effective(t *ent.Template) *ent.PipelineVersion {
	if t.Edges.DraftVersion != nil {
		return t.Edges.DraftVersion
	}
	return t.Edges.ReleasedVersion
}
