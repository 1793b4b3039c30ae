package app

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	entapp "rehearse.dev/ent/app"
	enttemplate "rehearse.dev/ent/template"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/template"
)

// openTest is the program over a database of the test's own, and again one more server
// of the same installation.
func openTest(t *testing.T) *services {
	t.Helper()
	keys, err := seal.New(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return newServices(storetest.New(t), keys)
}

func again(t *testing.T, s *services) *services {
	t.Helper()
	return newServices(storetest.Again(t, s.store), s.keys)
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

// onlyTheApp makes the application of the demo and none of its templates, as versions did
// that made them one by one.
func onlyTheApp(t *testing.T, s *services) auth.Caller {
	t.Helper()
	if err := s.store.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		_, err := s.makeDemoApp(ctx, tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return operator(t, s)
}

func TestADemoThatWasCutShortIsFinished(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(t *testing.T, s *services){
		"BeforeAnything": func(*testing.T, *services) {},
		"AfterTheApp":    func(t *testing.T, s *services) { onlyTheApp(t, s) },
		"InATemplate": func(t *testing.T, s *services) {
			who, first := onlyTheApp(t, s), demoTemplates[0]
			tree, err := demoTrees.ReadFile("demo/" + first.release)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.templates.Create(t.Context(), who, template.CreateParams{SpaceID: who.Spaces[0], Name: first.name, PipelineTree: tree}); err != nil {
				t.Fatal(err)
			}
		},
		"BeforeTheSecondTemplate": func(t *testing.T, s *services) {
			who := onlyTheApp(t, s)
			seeds, err := demoSeeds()
			if err != nil {
				t.Fatal(err)
			}
			if err := s.store.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				_, err := s.templates.Plant(ctx, tx, who, who.Spaces[0], seeds[:1])
				return err
			}); err != nil {
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

// A failure in the middle leaves nothing, not even the application.
func TestADemoIsMadeAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	lost := errors.New("the power fails")
	err := s.store.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		return errors.Join(s.plantDemo(ctx, tx), lost)
	})
	if !errors.Is(err, lost) {
		t.Fatal(err)
	}
	apps, snapshots := s.store.Read.App.Query().CountX(t.Context()), s.store.Read.Snapshot.Query().CountX(t.Context())
	if apps != 0 || snapshots != 0 {
		t.Errorf("%d applications, %d trees", apps, snapshots)
	}
}

// Several servers that start on an empty database serve one demo.
func TestServersThatStartAtOnceMakeOneDemo(t *testing.T) {
	t.Parallel()
	first := openTest(t)
	servers := []*services{first, again(t, first), again(t, first)}
	made := make([]demo, len(servers))
	var group errgroup.Group
	for i, s := range servers {
		group.Go(func() (err error) {
			made[i], err = s.makeDemo(t.Context())
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for i, s := range servers {
		if made[i] != made[0] {
			t.Errorf("server %d has another demo", i)
		}
		whole(t, s, made[i])
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
	person := onlyTheApp(t, s)
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
