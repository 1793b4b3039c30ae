package template_test

import (
	"context"
	"strings"
	"testing"

	"rehearse.dev/internal/template"
)

func TestRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()

	t.Run("OK", func(t *testing.T) {
		draft := *w.read(id).DraftVersionID
		got := must(w.Release(w.ctx, w.root, template.ReleaseParams{ID: id, Description: ptr("first")}))(t)
		row := w.read(id)
		v := row.Edges.ReleasedVersion
		if got != draft || v.ID != draft || row.DraftVersionID != nil {
			t.Fatalf("the draft %d did not become the release in place: %+v", draft, row)
		}
		if *v.Version != "1.0.0" || v.Draft || v.Description != "first" || v.Operator != "root-user" || v.Creator != "ours-user" {
			t.Errorf("%+v", v)
		}
	})

	t.Run("NoDraft", func(t *testing.T) {
		_, err := w.Release(w.ctx, w.caller, template.ReleaseParams{ID: id})
		refused(t, err, "NO_VERSION id")
	})

	t.Run("NextVersion", func(t *testing.T) {
		w.save(id, order(t, "A-1", "A-2"))
		if got := *w.version(w.release(id)).Version; got != "1.0.1" {
			t.Errorf("version = %s", got)
		}
	})

	t.Run("KeepsTheDraftsDescription", func(t *testing.T) {
		w.save(id, order(t))
		if got := w.version(w.release(id)).Description; got != "Based on 1.0.1" {
			t.Errorf("description = %q", got)
		}
	})

	t.Run("NotFound", func(t *testing.T) {
		for name, s := range w.strangers(id) {
			t.Log(name)
			_, err := w.Release(w.ctx, s.caller, template.ReleaseParams{ID: s.id})
			refused(t, err, "NOT_FOUND id")
		}
	})

	t.Run("AllProblemsAtOnce", func(t *testing.T) {
		draft := w.save(id, broken(t))
		_, err := w.Release(w.ctx, w.caller, template.ReleaseParams{
			ID: id, Version: ptr("1.0.1"), Description: ptr(strings.Repeat("x", 256)),
		})
		refused(t, err, "INVALID_PIPELINE/VARIABLE id", "INVALID_VERSION version", "TOO_LONG description")
		if v := w.version(draft); !v.Draft || v.Version != nil {
			t.Errorf("%+v", v)
		}
	})
}

func TestReleaseVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	must(w.Release(w.ctx, w.caller, template.ReleaseParams{ID: id, Version: ptr("1.2.3")}))(t)
	w.store.Write.PipelineVersion.Create().SetTemplateID(id).SetSnapshotID(w.read(id).Edges.ReleasedVersion.SnapshotID).
		SetDraft(false).SetVersion("2.0.0").SetIsDeleted(true).ExecX(w.ctx)
	w.save(id, order(t, "A-1", "A-2"))

	for version, want := range map[string]string{
		"1.2.3":                                "not above",
		"1.2.2":                                "not above",
		"1.2.3-rc.1":                           "not above",
		"1.2.3+build":                          "not above",
		"2.0.0":                                "used before",
		"":                                     "no semantic version",
		"v1.3.0":                               "no semantic version",
		"1.3":                                  "no semantic version",
		"01.3.0":                               "no semantic version",
		"one":                                  "no semantic version",
		"3.0.0-rc.1" + strings.Repeat("0", 23): "at most 32",
	} {
		_, err := w.Release(w.ctx, w.caller, template.ReleaseParams{ID: id, Version: &version})
		refused(t, err, "INVALID_VERSION version")
		if err == nil || !strings.Contains(strings.Replace(err.Error(), "is not a semantic", "is no semantic", 1), want) {
			t.Errorf("%q: %v, want %q", version, err, want)
		}
	}
	must(w.Release(w.ctx, w.caller, template.ReleaseParams{ID: id, Version: ptr("1.3.0-rc.1")}))(t)
	w.save(id, order(t))
	if got := *w.version(w.release(id)).Version; got != "1.3.0" {
		t.Errorf("after a pre-release comes %s", got)
	}
}

func TestRollback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	w.release(id)
	old := w.read(id).Edges.ReleasedVersion.SnapshotID
	w.save(id, order(t, "A-1", "A-2"))
	second := w.release(id)

	t.Run("MakesADraft", func(t *testing.T) {
		draft := must(w.Rollback(w.ctx, w.caller, template.RollbackParams{ID: id, Version: "1.0.0"}))(t)
		row := w.read(id)
		if v := row.Edges.DraftVersion; v == nil || v.ID != draft || v.SnapshotID != old || v.Description != "Based on 1.0.0" || v.Version != nil {
			t.Errorf("%+v", v)
		}
		if *row.ReleasedVersionID != second {
			t.Error("the release in force moved")
		}
	})

	t.Run("ReplacesTheDraft", func(t *testing.T) {
		draft := w.save(id, broken(t))
		got := must(w.Rollback(w.ctx, w.caller, template.RollbackParams{ID: id, Version: "1.0.1"}))(t)
		if v := w.version(draft); got != draft || v.SnapshotID != w.version(second).SnapshotID || v.Description != "Based on 1.0.1" {
			t.Errorf("%+v", v)
		}
	})

	t.Run("NotFound", func(t *testing.T) {
		other := w.template()
		must(w.Release(w.ctx, w.caller, template.ReleaseParams{ID: other, Version: ptr("5.0.0")}))(t)
		for _, version := range []string{"9.9.9", "", "5.0.0", "\x00"} {
			_, err := w.Rollback(w.ctx, w.caller, template.RollbackParams{ID: id, Version: version})
			refused(t, err, "NOT_FOUND version")
		}
		for name, s := range w.strangers(id) {
			t.Log(name)
			_, err := w.Rollback(w.ctx, s.caller, template.RollbackParams{ID: s.id, Version: "1.0.0"})
			refused(t, err, "NOT_FOUND id")
		}
	})
}

func TestReleaseStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	for _, version := range []*string{nil, ptr("2.0.0")} {
		n := w.statements(func(ctx context.Context) {
			must(w.Release(ctx, w.caller, template.ReleaseParams{ID: id, Version: version}))(t)
		})
		if n > 6+holding() {
			t.Errorf("%d statements, want at most %d", n, 6+holding())
		}
		w.save(id, order(t, "A-1", "A-2"))
	}
}
