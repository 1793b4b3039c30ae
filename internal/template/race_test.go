package template_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/ent/pipelineversion"
	"rehearse.dev/ent/snapshot"
	enttemplate "rehearse.dev/ent/template"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/template"
)

// beside is one more server on the database of the world.
func (w *world) beside() *template.Service {
	w.t.Helper()
	s := storetest.Again(w.t, w.store)
	return template.New(template.Deps{
		Store: s, Settings: space.New(space.Deps{Store: s, Now: w.now, Changed: func(context.Context, int) error { return nil }}),
		Trees: template.NewTrees(template.DefaultTreeBytes, badConstants), Now: w.now,
	})
}

// servers are two servers, of which turns are taken.
func (w *world) servers() func(turn int) *template.Service {
	both := [2]*template.Service{w.Service, w.beside()}
	return func(turn int) *template.Service { return both[turn%2] }
}

// together runs do n times at once and returns the errors.
func together(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func TestParallelSaveDraftLeavesOneDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	w.release(id)
	trees := make([][]byte, 16)
	for i := range trees {
		trees[i] = order(t, "A-1", "A-"+strings.Repeat("x", i))
	}
	server := w.servers()
	for _, err := range together(16, func(i int) error {
		_, err := server(i).SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: trees[i]})
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	drafts := w.store.Read.PipelineVersion.Query().
		Where(pipelineversion.TemplateID(id), pipelineversion.Draft(true)).IDsX(w.ctx)
	if len(drafts) != 1 || *w.read(id).DraftVersionID != drafts[0] {
		t.Errorf("drafts %v, the template names %v", drafts, w.read(id).DraftVersionID)
	}
}

func TestParallelReleaseHasOneWinner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	won := 0
	server := w.servers()
	for _, err := range together(8, func(i int) error {
		_, err := server(i).Release(w.ctx, w.caller, template.ReleaseParams{ID: id, Version: ptr("1.0.0")})
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		refused(t, err, "NO_VERSION id", "INVALID_VERSION version")
	}
	if won != 1 {
		t.Errorf("%d releases won", won)
	}
	if n := w.store.Read.PipelineVersion.Query().Where(pipelineversion.TemplateID(id)).CountX(w.ctx); n != 1 {
		t.Errorf("%d versions", n)
	}
}

func TestParallelDefaultsLeaveOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	server := w.servers()
	for _, err := range together(8, func(i int) error {
		_, err := server(i).CreatePreset(w.ctx, w.caller, template.CreatePresetParams{
			TemplateID: id, NodeID: "nfetch", Name: "p", Outputs: obj, IsDefault: true,
		})
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := strings.Count(w.presets(id), "*"); got != 1 {
		t.Errorf("%d defaults", got)
	}
}

func TestParallelReleasesAtOnceAllCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(template.CreateParams{SpaceID: w.plain, Name: "n", PipelineTree: order(t)})
	server := w.servers()
	for _, err := range together(8, func(i int) error {
		_, err := server(i).SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: order(t, "A-1", fmt.Sprint("A-", i))})
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	row := w.read(id)
	last := w.store.Read.PipelineVersion.Query().Where(pipelineversion.TemplateID(id)).Order(ent.Desc(pipelineversion.FieldID)).FirstX(w.ctx)
	if *row.Edges.ReleasedVersion.Version != "1.0.8" || last.ID != *row.ReleasedVersionID {
		t.Errorf("version %s is in force, and %s was made last", *row.Edges.ReleasedVersion.Version, *last.Version)
	}
}

func TestParallelTemplatesOfOneTreeShareIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tree, server := order(t, "A-1", "A-shared"), w.servers()
	versions := make([]int, 8)
	for _, err := range together(8, func(i int) error {
		made, err := server(i).Create(w.ctx, w.caller, template.CreateParams{SpaceID: w.space, Name: "n", PipelineTree: tree})
		versions[i] = made.VersionID
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	trees := map[int]bool{}
	for _, id := range versions {
		trees[w.version(id).SnapshotID] = true
	}
	if n := w.store.Read.Snapshot.Query().Where(snapshot.IDGT(0)).CountX(w.ctx); len(trees) != 1 || n != 1 {
		t.Errorf("%d trees for %d versions, %d rows", len(trees), len(versions), n)
	}
}

func TestParallelSchemesOfOneNameHaveOneWinner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, server, won := w.template(), w.servers(), 0
	for _, err := range together(8, func(i int) error {
		_, err := server(i).CreateScheme(w.ctx, w.caller, template.CreateSchemeParams{TemplateID: id, Name: "s"})
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		refused(t, err, "CONFLICT name")
	}
	if won != 1 {
		t.Errorf("%d schemes won", won)
	}
}

func TestParallelPresetsKeepTheLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, server, won := w.template(), w.servers(), 0
	items := make([]template.PresetItem, 998)
	for i := range items {
		items[i] = template.PresetItem{NodeID: "nfetch", Name: "p", Outputs: obj}
	}
	must(w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{TemplateID: id, Presets: items}))(t)
	for _, err := range together(8, func(i int) error {
		_, err := server(i).CreatePreset(w.ctx, w.caller, template.CreatePresetParams{TemplateID: id, NodeID: "nfetch", Name: "p", Outputs: obj})
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		refused(t, err, "LIMIT_REACHED templateId")
	}
	if n := w.store.Read.MockPreset.Query().CountX(w.ctx); won != 2 || n != 1000 {
		t.Errorf("%d got in, there are %d", won, n)
	}
}

// A scheme never names a preset that is gone, whoever of the two is faster.
func TestAPresetIsDeletedOrUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, server := w.template(), w.servers()
	for round := range 10 {
		preset := must(w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{TemplateID: id, NodeID: "nfetch", Name: "p", Outputs: obj}))(t)
		errs := together(2, func(i int) error {
			if i == round%2 {
				return server(0).DeletePreset(w.ctx, w.caller, preset)
			}
			_, err := server(1).CreateScheme(w.ctx, w.caller, template.CreateSchemeParams{
				TemplateID: id, Name: fmt.Sprint(round), Choices: []template.Choice{{NodeID: "nfetch", PresetID: &preset}},
			})
			return err
		})
		deleted, used := errs[round%2], errs[1-round%2]
		there := w.store.Read.MockPreset.Query().Where(mockpreset.ID(preset)).ExistX(w.ctx)
		if (deleted == nil) == (used == nil) || there != (used == nil) {
			t.Errorf("deleted: %v, used: %v, there: %t", deleted, used, there)
		}
	}
}

// Changes of one template wait for each other, and nobody else waits with them.
func TestATemplateThatIsBeingChangedHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	if !storetest.OnPostgres() {
		t.Skip("on SQLite everybody waits for the one writer")
	}
	w := newWorld(t)
	held, free := w.template(), w.template()
	inside, done := make(chan struct{}), make(chan struct{})
	result := make(chan error, 1)
	go func() {
		result <- w.store.Guarded(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
			err := tx.Template.Update().Where(enttemplate.ID(held)).SetDescription("busy").Exec(ctx)
			close(inside)
			<-done
			return err
		})
	}()
	<-inside
	server := w.beside()
	if _, err := server.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: free, PipelineTree: order(t, "A-1", "A-2")}); err != nil {
		t.Error(err)
	}
	_, err := server.SaveDraft(w.ctx, w.other, template.SaveDraftParams{ID: held, PipelineTree: order(t)})
	refused(t, err, "NOT_FOUND id")
	saved := make(chan error, 1)
	go func() {
		_, err := server.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: held, PipelineTree: order(t, "A-1", "A-3")})
		saved <- err
	}()
	w.waiting(1)
	close(done)
	for _, err := range []error{<-result, <-saved} {
		if err != nil {
			t.Error(err)
		}
	}
}

// waiting returns when n transactions of the world's database wait for a lock.
func (w *world) waiting(n int) {
	w.t.Helper()
	const query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	ctx, cancel := context.WithTimeout(w.ctx, 20*time.Second)
	defer cancel()
	for found := -1; found != n; {
		if err := w.store.Pool().QueryRow(ctx, query).Scan(&found); err != nil {
			w.t.Fatal(err)
		}
	}
}
