package app

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/ent"
	entapp "rehearse.dev/ent/app"
	enttemplate "rehearse.dev/ent/template"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/template"
)

func openTest(t *testing.T) *services {
	t.Helper()
	s, err := Database{DB: filepath.Join(t.TempDir(), "a.db")}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// operator is who makeDemo makes templates as.
func operator(t *testing.T, s *services) auth.Caller {
	t.Helper()
	_, spaceID, err := s.demoSecret(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	app := s.store.Read.App.Query().Where(entapp.Code(demoCode)).OnlyX(t.Context())
	return auth.Caller{AppID: app.ID, AppCode: demoCode, Username: demoOperator, Spaces: []int{spaceID}}
}

func TestADemoThatWasCutShortIsFinished(t *testing.T) {
	t.Parallel()
	first := demoTemplates[0]
	for name, before := range map[string]func(t *testing.T, s *services){
		"BeforeAnything": func(*testing.T, *services) {},
		"AfterTheApp": func(t *testing.T, s *services) {
			if err := s.makeDemoApp(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"InATemplate": func(t *testing.T, s *services) {
			if err := s.makeDemoApp(t.Context()); err != nil {
				t.Fatal(err)
			}
			tree, err := demoTrees.ReadFile("demo/" + first.release)
			if err != nil {
				t.Fatal(err)
			}
			who := operator(t, s)
			if _, err := s.templates.Create(t.Context(), who, template.CreateParams{SpaceID: who.Spaces[0], Name: first.name, PipelineTree: tree}); err != nil {
				t.Fatal(err)
			}
		},
		"BeforeTheSecondTemplate": func(t *testing.T, s *services) {
			if err := s.makeDemoApp(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := s.makeDemoTemplate(t.Context(), operator(t, s), first.name, first.description, first.release, first.draft, first.presets); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t)
			before(t, s)
			made, err := s.makeDemo(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			whole(t, s, made)
			again, err := s.makeDemo(t.Context())
			if err != nil || again != made {
				t.Errorf("the next start makes another demo, or %v", err)
			}
			whole(t, s, again)
		})
	}
}

// whole expects the whole demo, once, and a header that works.
func whole(t *testing.T, s *services, made demo) {
	t.Helper()
	caller, err := s.auth.Header(t.Context(), http.Header{auth.AppHeader: {made.header}})
	if err != nil || caller.AppCode != demoCode || len(caller.Spaces) != 1 {
		t.Fatalf("caller %+v, %v", caller, err)
	}
	rows := s.store.Read.Template.Query().Where(enttemplate.IsDeleted(false)).
		WithReleasedVersion().WithDraftVersion().WithMockPresets().
		Order(ent.Asc(enttemplate.FieldID)).AllX(t.Context())
	if len(rows) != len(demoTemplates) || rows[0].ID != made.templateID {
		t.Fatalf("%d templates, the first is not %d", len(rows), made.templateID)
	}
	for i, row := range rows {
		want := demoTemplates[i]
		if row.Name != want.name || row.Edges.ReleasedVersion == nil || (row.Edges.DraftVersion != nil) != (want.draft != "") ||
			len(row.Edges.MockPresets) != len(want.presets) {
			t.Errorf("template %+v", row)
		}
	}
}

func TestFinishingADemoKeepsWhatPeopleMade(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	if err := s.makeDemoApp(t.Context()); err != nil {
		t.Fatal(err)
	}
	person := operator(t, s)
	person.Username = "ann"
	theirs, err := s.templates.Create(t.Context(), person, template.CreateParams{
		SpaceID: person.Spaces[0], Name: "mine", PipelineTree: []byte(`{}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.makeDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.store.Read.Template.GetX(t.Context(), theirs.TemplateID).IsDeleted {
		t.Error("somebody's template was deleted")
	}
}

func TestWhatAVisitorDeletesStaysDeleted(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	made, err := s.makeDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.templates.Delete(t.Context(), operator(t, s), made.templateID); err != nil {
		t.Fatal(err)
	}
	if again, err := s.makeDemo(t.Context()); err != nil || again != made {
		t.Errorf("%v", err)
	}
	if n := s.store.Read.Template.Query().Where(enttemplate.IsDeleted(false)).CountX(t.Context()); n != len(demoTemplates)-1 {
		t.Errorf("%d templates", n)
	}
}

func TestAnApplicationWithoutASealedSecretIsNotTakenOver(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	secret, err := s.spaces.CreateApp(t.Context(), demoCode, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.makeDemo(t.Context()); err == nil || !strings.Contains(err.Error(), "did not make") {
		t.Errorf("%v", err)
	}
	if _, err := s.auth.Check(t.Context(), auth.Credentials{AppCode: demoCode, AppSecret: secret}); err != nil {
		t.Errorf("its secret does not work any more: %v", err)
	}
}
