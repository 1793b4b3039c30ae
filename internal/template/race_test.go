package template_test

import (
	"strings"
	"sync"
	"testing"

	"rehearse.dev/ent/pipelineversion"
	"rehearse.dev/internal/template"
)

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
	for _, err := range together(16, func(i int) error {
		_, err := w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: trees[i]})
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
	for _, err := range together(8, func(int) error {
		_, err := w.Release(w.ctx, w.caller, template.ReleaseParams{ID: id, Version: ptr("1.0.0")})
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
	for _, err := range together(8, func(int) error {
		_, err := w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{
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
