package space_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	entspace "rehearse.dev/ent/space"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/relay"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

type world struct {
	*space.Service
	store  *store.Store
	caller auth.Caller
	auth   *auth.Authenticator
	keys   *seal.Keyring
	secret string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{store: storetest.New(t)}
	clock := func() time.Time { return now }
	w.auth = auth.New(w.store, clock)
	keys, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w.keys = keys
	w.Service = space.New(space.Deps{Store: w.store, Now: clock, Changed: relay.New(event.NewHub(), w.auth).ForgetCallers, Keys: keys})
	if w.secret, err = w.CreateApp(t.Context(), "shop", false); err != nil {
		t.Fatal(err)
	}
	w.caller = w.who(t)
	return w
}

// who asks the authenticator, which also shows that the secret is the right one.
func (w *world) who(t *testing.T) auth.Caller {
	t.Helper()
	c, err := w.auth.Check(t.Context(), auth.Credentials{AppCode: "shop", AppSecret: w.secret, Username: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCreateMakesASpaceWithItsSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.Create(t.Context(), w.caller, space.CreateParams{Name: "  Übung ", Description: " d ", PlatformURL: "https://x.example/a"})
	if err != nil {
		t.Fatal(err)
	}
	row, err := w.store.Read.Space.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if row.Name != "Übung" || row.Description != "d" || row.PlatformURL != "https://x.example/a" ||
		row.Creator != "ann" || row.AppID != w.caller.AppID || !row.CreateTime.Equal(now) || row.IsDeleted {
		t.Errorf("row %+v", row)
	}
	for name, want := range map[string]string{space.Superusers: `["ann"]`, space.FlowVersioning: `"true"`, space.GatewayExpression: `"boolrule"`} {
		if got, err := w.Setting(t.Context(), w.store.Read, id, name); err != nil || string(got) != want {
			t.Errorf("%s = %s, %v; want %s", name, got, err, want)
		}
	}
	if !w.who(t).Sees(id) {
		t.Error("the caller does not see the space at once")
	}
}

func TestTheAppItselfIsSuperuserWhenItNamesNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.caller.Username = ""
	id, err := w.Create(t.Context(), w.caller, space.CreateParams{Name: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.Setting(t.Context(), w.store.Read, id, space.Superusers); err != nil || string(got) != `["shop"]` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestCreateListsEveryProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, test := range map[string]struct {
		p    space.CreateParams
		want []string // code and path
	}{
		"Blank":     {space.CreateParams{Name: " \t"}, []string{"BLANK name"}},
		"LongName":  {space.CreateParams{Name: strings.Repeat("é", 33)}, []string{"TOO_LONG name"}},
		"LongDesc":  {space.CreateParams{Name: "n", Description: strings.Repeat("é", 129)}, []string{"TOO_LONG description"}},
		"LongURL":   {space.CreateParams{Name: "n", PlatformURL: "http://" + strings.Repeat("x", 250)}, []string{"TOO_LONG platformUrl"}},
		"Script":    {space.CreateParams{Name: "n", PlatformURL: "javascript:alert(1)"}, []string{"INVALID_VALUE platformUrl"}},
		"Relative":  {space.CreateParams{Name: "n", PlatformURL: "/a"}, []string{"INVALID_VALUE platformUrl"}},
		"NoHost":    {space.CreateParams{Name: "n", PlatformURL: "https://:80/"}, []string{"INVALID_VALUE platformUrl"}},
		"Password":  {space.CreateParams{Name: "n", PlatformURL: "https://u:p@x.example"}, []string{"INVALID_VALUE platformUrl"}},
		"AllAtOnce": {space.CreateParams{Description: strings.Repeat("x", 129), PlatformURL: "x"}, []string{"BLANK name", "TOO_LONG description", "INVALID_VALUE platformUrl"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.Create(t.Context(), w.caller, test.p)
			if got := problems(err); fault.CodeOf(err) != fault.CodeInvalid || !slices.Equal(got, test.want) {
				t.Errorf("%v: %q, want %q", err, got, test.want)
			}
		})
	}
}

func problems(err error) (found []string) {
	if f := fault.As(err); f != nil {
		for _, p := range f.Problems {
			found = append(found, strings.TrimSpace(p.Code+" "+strings.Join(p.Path, ".")))
		}
	}
	return found
}

func TestLimitsCountCharacters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := space.CreateParams{
		Name: strings.Repeat("界", 32), Description: strings.Repeat("界", 128),
		PlatformURL: "HTTP://x.example/" + strings.Repeat("x", 239),
	}
	if _, err := w.Create(t.Context(), w.caller, p); err != nil {
		t.Fatal(err)
	}
}

func TestANameIsTakenForEverButForItsAppOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.Create(t.Context(), w.caller, space.CreateParams{Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Write.Space.UpdateOneID(id).SetIsDeleted(true).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = w.Create(t.Context(), w.caller, space.CreateParams{Name: " n "})
	if fault.CodeOf(err) != fault.CodeConflict || !slices.Equal(problems(err), []string{"CONFLICT name"}) {
		t.Errorf("same name: %v %q", err, problems(err))
	}
	if _, err := w.CreateApp(t.Context(), "other", false); err != nil {
		t.Fatal(err)
	}
	other := auth.Caller{AppID: w.appID(t, "other"), AppCode: "other"}
	if _, err := w.Create(t.Context(), other, space.CreateParams{Name: "n"}); err != nil {
		t.Errorf("another app: %v", err)
	}
}

func (w *world) appID(t *testing.T, code string) int {
	t.Helper()
	apps, err := w.store.Read.App.Query().All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return apps[slices.IndexFunc(apps, func(a *ent.App) bool { return a.Code == code })].ID
}

func TestAnAppHasAtMostAHundredLiveSpaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.store.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		for i := range space.MaxSpaces + 4 { // five of them deleted
			if err := tx.Space.Create().SetAppID(w.caller.AppID).SetName(fmt.Sprint(i)).SetIsDeleted(i < 5).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	var made [8]error
	for i := range made {
		g.Go(func() error {
			_, made[i] = w.Create(t.Context(), w.caller, space.CreateParams{Name: fmt.Sprint("new", i)})
			return nil
		})
	}
	_ = g.Wait()
	ok := 0
	for _, err := range made {
		if err == nil {
			ok++
		} else if !slices.Equal(problems(err), []string{"LIMIT_REACHED"}) {
			t.Errorf("refused with %v %q", err, problems(err))
		}
	}
	if n := w.store.Read.Space.Query().Where(entspace.IsDeleted(false)).CountX(t.Context()); ok != 1 || n != space.MaxSpaces {
		t.Errorf("%d of 8 were made, %d spaces now", ok, n)
	}
}

func TestSettingFallsBackToTheDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got, err := w.Setting(t.Context(), w.store.Read, 4711, space.FlowVersioning); err != nil || string(got) != `"false"` {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := w.Setting(t.Context(), w.store.Read, 4711, "no_such_setting"); err == nil || fault.As(err) != nil {
		t.Errorf("unknown name: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Setting(ctx, w.store.Read, 4711, space.FlowVersioning); !errors.Is(err, context.Canceled) {
		t.Errorf("an outage gave %v", err)
	}
}

func TestCreateAppStoresTheDigestOfARandomSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	again, err := w.CreateApp(t.Context(), "Other_app-2", true)
	if err != nil || len(again) != 43 || again == w.secret {
		t.Fatalf("secret of %d characters, %v", len(again), err)
	}
	sum := sha256.Sum256([]byte(again))
	row := w.store.Read.App.GetX(t.Context(), w.appID(t, "Other_app-2"))
	if string(row.SecretDigest) != string(sum[:]) || !row.Superuser || !row.CreateTime.Equal(now) {
		t.Errorf("row %+v", row)
	}
	for code, want := range map[string]string{
		"shop": "CONFLICT code", "": "INVALID_VALUE code", strings.Repeat("a", 33): "INVALID_VALUE code",
		"a b": "INVALID_VALUE code", "é": "INVALID_VALUE code", "a\n": "INVALID_VALUE code",
	} {
		if _, err := w.CreateApp(t.Context(), code, false); !slices.Equal(problems(err), []string{want}) {
			t.Errorf("%q: %v %q, want %s", code, err, problems(err), want)
		}
	}
}
