package template_test

import (
	"context"
	"testing"

	"rehearse.dev/internal/template"
)

func TestReleasesOfReferences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tree := func(version int) int { return w.version(version).SnapshotID }
	id := w.template()
	first := w.release(id)
	w.save(id, order(t, `"value": "A-1"`, `"value": "A-2"`))
	second := w.release(id)
	w.save(id, order(t, `"value": "A-1"`, `"value": "A-3"`))
	draftOnly := w.template()
	gone := w.template()
	w.release(gone)
	must(0, w.Delete(w.ctx, w.caller, gone))(t)

	refs := []template.ReleaseRef{
		{TemplateID: id}, {TemplateID: id, Version: "1.0.0"}, {TemplateID: id, Version: "1.0.1"}, {TemplateID: id, Version: "9.9.9"},
		{TemplateID: draftOnly}, {TemplateID: draftOnly, Version: "1.0.0"}, {TemplateID: gone}, {TemplateID: 999_999},
	}
	var found map[template.ReleaseRef]template.Referred
	n := w.statements(func(ctx context.Context) {
		found = must(template.Releases(ctx, w.store.Read, w.space, refs))(t)
	})
	if n != 1 {
		t.Errorf("%d statements", n)
	}
	for i, want := range []template.Referred{
		{Released: true, SnapshotID: tree(second)}, {Released: true, SnapshotID: tree(first)}, {Released: true, SnapshotID: tree(second)},
		{Released: true}, {}, {},
	} {
		if got, ok := found[refs[i]]; !ok || got != want {
			t.Errorf("%+v is %+v, not %+v", refs[i], got, want)
		}
	}
	for _, ref := range refs[6:] {
		if got, ok := found[ref]; ok {
			t.Errorf("%+v is %+v", ref, got)
		}
	}
	elsewhere := must(template.Releases(w.ctx, w.store.Read, w.plain, refs))(t)
	if len(elsewhere) != 0 {
		t.Errorf("another space finds %v", elsewhere)
	}
}
