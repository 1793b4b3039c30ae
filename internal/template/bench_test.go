package template_test

import (
	"testing"

	"rehearse.dev/internal/template"
)

// The cost of a saved draft next to that of the durable transaction it needs.
func BenchmarkSaveDraft(b *testing.B) {
	w := newWorld(b)
	id := w.template()
	trees := [][]byte{order(b, "A-1", "A-2"), order(b, "A-1", "A-3")}
	for i := 0; b.Loop(); i++ {
		must(w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: trees[i%2]}))(b)
	}
}

func BenchmarkRefusedSaveDraft(b *testing.B) {
	w := newWorld(b)
	id := w.template()
	for b.Loop() {
		_, err := w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: []byte("[]")})
		refused(b, err, "WRONG_TYPE pipelineTree")
	}
}

func BenchmarkTreesGet(b *testing.B) {
	w := newWorld(b)
	id := w.snapshot(order(b))
	b.Run("Cached", func(b *testing.B) {
		for b.Loop() {
			must(w.trees.Get(w.ctx, w.store.Read, id))(b)
		}
	})
	b.Run("Read", func(b *testing.B) {
		for b.Loop() {
			must(template.NewTrees(1<<20, badConstants).Get(w.ctx, w.store.Read, id))(b)
		}
	})
}
