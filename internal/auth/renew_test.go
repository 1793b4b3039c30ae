package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"testing"
	"time"

	"rehearse.dev/ent/token"
	"rehearse.dev/internal/store/storetest"
)

// A token that is revoked while a request with it is being answered stays revoked:
// the renewal of that request finds another row than it has read.
func TestRenewingDoesNotBringARevokedTokenBack(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), t.Context()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a := New(s, func() time.Time { return now })
	app := s.Write.App.Create().SetCode("ours").SetSecretDigest(make([]byte, 32)).SaveX(ctx)
	space := s.Write.Space.Create().SetAppID(app.ID).SetName("work").SaveX(ctx)
	text := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	sum := sha256.Sum256([]byte(text))
	row := s.Write.Token.Create().SetAppID(app.ID).SetSpaceID(space.ID).SetDigest(sum[:]).SetUsername("ann").
		SetResourceType(token.ResourceTypeSPACE).SetResourceID(space.ID).SetPermission(token.PermissionVIEW).
		SetExpireTime(now.Add(time.Minute)).SaveX(ctx)

	found, err := a.lookUpToken(ctx, sum[:])
	if err != nil || found == nil {
		t.Fatal(found, err)
	}
	s.Write.Token.UpdateOneID(row.ID).SetExpireTime(now).ExecX(ctx) // revoked
	a.renew(ctx, found)
	if end := s.Read.Token.GetX(ctx, row.ID).ExpireTime; !end.Equal(now) {
		t.Errorf("it ends at %s", end)
	}
	if _, err := a.checkToken(ctx, text); err == nil {
		t.Error("it works again")
	}
}

// What was read before a token was revoked is not remembered after it.
func TestAnAnswerFromBeforeRevokingIsNotKept(t *testing.T) {
	t.Parallel()
	c := newCache(func() time.Time { return time.Unix(0, 0) })
	_, err := c.remember(digest{1}, func() (Caller, error) {
		c.forget(1)
		return Caller{AppID: 1}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := c.get(digest{1}); ok {
		t.Error("the old answer was kept")
	}
}

// An application's news are news for the tokens of its spaces, whoever applied.
func TestForgetReachesTokensForTheSpacesOfTheApp(t *testing.T) {
	t.Parallel()
	c := newCache(func() time.Time { return time.Unix(0, 0) })
	c.put(digest{1}, Caller{AppID: 9, Grant: &Grant{AppID: 1}}, 0)
	c.put(digest{2}, Caller{AppID: 9, Grant: &Grant{AppID: 2}}, 0)
	c.forget(1)
	if _, _, ok := c.get(digest{1}); ok {
		t.Error("the token for its space is still believed")
	}
	if _, _, ok := c.get(digest{2}); !ok {
		t.Error("the token for another space was forgotten too")
	}
}
