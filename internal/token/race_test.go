package token_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	enttoken "rehearse.dev/ent/token"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/relay"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/token"
)

// peer is one more server on the database of a world.
type peer struct {
	*token.Service
	auth *auth.Authenticator
}

func (w *world) peer() peer {
	w.t.Helper()
	s := storetest.Again(w.t, w.store)
	a := auth.New(s, w.now)
	tell := relay.New(event.NewHub(), a)
	spaces := space.New(space.Deps{Store: s, Now: w.now, Changed: tell.ForgetCallers})
	return peer{token.New(token.Deps{Store: s, Settings: spaces, Now: w.now, Revoked: tell.ForgetCallers}), a}
}

// Each Apply sweeps what has ended; many at once take the same rows away and do not get
// in each other's way.
func TestAppliesOfTwoServersSweepTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 40 {
		w.apply(auth.Space, w.space, auth.View)
	}
	w.wait(2 * time.Hour)
	servers := [2]*token.Service{w.Service, w.peer().Service}
	made := make([]token.Applied, 12)
	var group errgroup.Group
	for i := range made {
		group.Go(func() (err error) {
			made[i], err = servers[i%2].Apply(t.Context(), w.ours, token.ApplyParams{
				Resource: auth.Space, ResourceID: w.space, Permission: auth.View, User: fmt.Sprint("user-", i),
			})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	w.apply(auth.Space, w.space, auth.View) // takes away what every one has left to the others
	if n := w.store.Read.Token.Query().CountX(t.Context()); n != len(made)+1 {
		t.Errorf("%d tokens", n)
	}
	for _, one := range made {
		if !w.works(one.Token) {
			t.Error("a new token does not work")
		}
	}
}

// Two servers renew a token at its every use; it ends when they say, and not after it was
// revoked.
func TestServersRenewATokenTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.apply(auth.Space, w.space, auth.View)
	other := w.peer()
	callers := [2]*auth.Authenticator{w.auth, other.auth}
	for range 5 {
		w.wait(10 * time.Minute)
		var group errgroup.Group
		for i := range 6 {
			group.Go(func() error {
				c, err := callers[i%2].Header(t.Context(), bearer(made.Token))
				if err == nil && c.Expires.After(w.now().Add(time.Hour)) {
					return fmt.Errorf("it ends at %s", c.Expires)
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if end := w.store.Read.Token.Query().OnlyX(t.Context()).ExpireTime; !end.Equal(w.now().Add(time.Hour)) {
			t.Errorf("at %s the row ends at %s", w.now(), end)
		}
	}
	w.wait(10 * time.Minute)
	var group errgroup.Group
	group.Go(func() error {
		revoked, err := other.Revoke(t.Context(), w.ours, made.Token)
		if !revoked {
			t.Error("it was not in force")
		}
		return err
	})
	for i := range 4 {
		group.Go(func() error {
			_, _ = callers[i%2].Header(t.Context(), bearer(made.Token)) // before or after
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := w.store.Read.Token.Query().Where(enttoken.ExpireTimeGT(w.now())).CountX(t.Context()); n != 0 {
		t.Error("it came back to life")
	}
}
