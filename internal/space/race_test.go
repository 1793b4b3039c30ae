package space_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store/storetest"
)

// servers are the world's service and that of one more server on its database, of which
// turns are taken.
func (w *world) servers(t *testing.T) func(turn int) *space.Service {
	t.Helper()
	other := space.New(space.Deps{
		Store: storetest.Again(t, w.store), Now: func() time.Time { return now }, Changed: func(context.Context, int) error { return nil }, Keys: w.keys,
	})
	both := [2]*space.Service{w.Service, other}
	return func(turn int) *space.Service { return both[turn%2] }
}

// together runs do six times at once and returns the errors.
func together(do func(i int) error) []error {
	errs := make([]error, 6)
	var group errgroup.Group
	for i := range errs {
		group.Go(func() error {
			errs[i] = do(i)
			return nil
		})
	}
	_ = group.Wait()
	return errs
}

func TestOfEqualNamesOneWinsWhicheverServerIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "home")
	credential := w.credential(t, bkApp(id, "other"))
	server := w.servers(t)
	for what, do := range map[string]func(i int) error{
		"application": func(i int) error {
			_, err := server(i).CreateApp(t.Context(), "same", false)
			return err
		},
		"space": func(i int) error {
			_, err := server(i).Create(t.Context(), w.caller, space.CreateParams{Name: "same"})
			return err
		},
		"credential": func(i int) error {
			if i == 5 { // a new name instead of a new credential
				return server(i).UpdateCredential(t.Context(), w.caller, space.UpdateCredentialParams{ID: credential, Name: new("same")})
			}
			_, err := server(i).CreateCredential(t.Context(), w.caller, bkApp(id, "same"))
			return err
		},
	} {
		won := 0
		for _, err := range together(do) {
			switch {
			case err == nil:
				won++
			case fault.CodeOf(err) != fault.CodeConflict:
				t.Errorf("%s: %v", what, err)
			}
		}
		if won != 1 {
			t.Errorf("%s: %d won", what, won)
		}
	}
}

func TestSettingsThatAreSetAtOnceHaveOneRowEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "home")
	server := w.servers(t)
	for _, err := range together(func(i int) error {
		return server(i).SetConfig(t.Context(), w.caller, space.ConfigParams{
			SpaceID: id, TokenExpiration: new(fmt.Sprint(i+1, "h")), GatewayExpression: new(space.FEEL),
		})
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	names := w.store.Read.SpaceConfig.Query().Where(spaceconfig.SpaceID(id)).Select(spaceconfig.FieldName).StringsX(t.Context())
	if slices.Sort(names); len(slices.Compact(slices.Clone(names))) != len(names) || !slices.Contains(names, space.TokenExpiration) {
		t.Errorf("rows %q", names)
	}
}

// A credential that is sealed again for a new key while somebody changes it keeps the
// change.
func TestAChangeOfACredentialOutlivesARotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "home")
	ids := make([]int, 3)
	for i := range ids {
		ids[i] = w.credential(t, bkApp(id, fmt.Sprint(i)))
	}
	keys, err := seal.New(bytes.Repeat([]byte{7}, seal.KeySize), make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	old := w.keys.Current()
	w.keys = keys
	changes, rotates := w.servers(t)(1), w.servers(t)(1)
	for _, err := range together(func(i int) error {
		if i < 3 {
			return changes.UpdateCredential(t.Context(), w.caller, space.UpdateCredentialParams{
				ID: ids[i], Content: json.RawMessage(`{"bk_app_code": "shop", "bk_app_secret": "changed"}`),
			})
		}
		_, err := rotates.Reseal(t.Context(), old, 100)
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	for _, one := range ids {
		row := w.row(t, one)
		plain, err := keys.Open(row.Sealed, fmt.Appendf(nil, "space.credential:%d:%d", id, one))
		if err != nil || row.KeyID != keys.Current() || string(plain) != `{"bk_app_code":"shop","bk_app_secret":"changed"}` {
			t.Errorf("credential %d is sealed with %s and opens: %v", one, row.KeyID, err)
		}
	}
}
