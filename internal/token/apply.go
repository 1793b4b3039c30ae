package token

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode"

	"entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/predicate"
	entspace "rehearse.dev/ent/space"
	enttask "rehearse.dev/ent/task"
	enttemplate "rehearse.dev/ent/template"
	enttoken "rehearse.dev/ent/token"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
	"rehearse.dev/internal/rowlock"
	"rehearse.dev/internal/space"
)

// maxUser is how long a user name may be, in characters: as long as bk_username.
const maxUser = 128

// ApplyParams are the wishes for a new token.
type ApplyParams struct {
	Resource   auth.Resource
	ResourceID int
	Permission auth.Permission
	// User is whom the token stands for: 1 to 128 characters after trimming.
	User string
}

// Applied is the answer of Apply.
type Applied struct {
	// Token is shown this once: the database keeps its digest.
	Token string
	// ExpireTime is when it ends unless use renews it.
	ExpireTime time.Time
}

// Apply makes a token: 256 random bits in base64url, 43 characters. It lives as long
// as the setting token_expiration of the space says. Tokens that have ended are
// swept on the way.
//
// It returns fault.CodeForbidden for a caller that is a token itself, and
// fault.CodeInvalid with every problem of the wishes: NOT_FOUND at resourceId for
// what is not in a space of the application, INVALID_VALUE at permission for one
// that has no meaning for the resource.
func (s *Service) Apply(ctx context.Context, caller auth.Caller, p ApplyParams) (Applied, error) {
	if err := caller.MayAsApp(); err != nil {
		return Applied{}, err
	}
	var c input.Checker
	p.User = c.Required(p.User, maxUser, "user")
	if strings.ContainsFunc(strings.ReplaceAll(p.User, "\x00", ""), unicode.IsControl) {
		c.Add(codeInvalidValue, "user has characters that are not allowed", "user")
	}
	if !p.Resource.Suits(p.Permission) {
		c.Add(codeInvalidValue, fmt.Sprintf("%s has no meaning for a %s", p.Permission, p.Resource), "permission")
	}
	target, err := s.find(ctx, caller, p.Resource, p.ResourceID)
	if fault.CodeOf(err) == fault.CodeNotFound {
		c.Add(codeNotFound, fmt.Sprintf("there is no such %s", strings.ToLower(string(p.Resource))), "resourceId")
	} else if err != nil {
		return Applied{}, err
	}
	if err := c.Err(); err != nil {
		return Applied{}, err
	}
	return s.insert(ctx, caller, p, target.SpaceID)
}

// find tells the space of a live resource in a live space of the caller.
func (s *Service) find(ctx context.Context, caller auth.Caller, kind auth.Resource, id int) (t auth.Target, err error) {
	db := s.deps.Store.Read
	switch live := entspace.IsDeleted(false); kind {
	case auth.Space:
		t.SpaceID = id
	case auth.Template:
		row, found := db.Template.Query().
			Where(enttemplate.ID(id), enttemplate.IsDeleted(false), enttemplate.HasSpaceWith(live)).
			Select(enttemplate.FieldID, enttemplate.FieldSpaceID).Only(ctx)
		if err = found; err == nil {
			t.SpaceID = row.SpaceID
		}
	case auth.Task:
		row, found := db.Task.Query().
			Where(enttask.ID(id), enttask.IsDeleted(false)).
			Select(enttask.FieldID, enttask.FieldSpaceID).Only(ctx)
		if err = found; err == nil {
			t.SpaceID = row.SpaceID
		}
	}
	if ent.IsNotFound(err) {
		return t, fault.NotFound("there is no such object")
	}
	if err != nil {
		return t, fmt.Errorf("find %s %d: %w", kind, id, err)
	}
	row, err := db.Space.Query().
		Where(entspace.ID(t.SpaceID), entspace.IsDeleted(false)).
		Select(entspace.FieldID, entspace.FieldAppID).Only(ctx)
	if ent.IsNotFound(err) {
		return t, fault.NotFound("there is no such object")
	}
	if err != nil {
		return t, fmt.Errorf("find space %d: %w", t.SpaceID, err)
	}
	t.AppID = row.AppID
	return t, caller.May(auth.ManageSpace, t)
}

func (s *Service) insert(ctx context.Context, caller auth.Caller, p ApplyParams, spaceID int) (Applied, error) {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails
	made := Applied{Token: base64.RawURLEncoding.EncodeToString(bits[:])}
	digest, _ := auth.TokenDigest(made.Token)
	err := s.deps.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		now := s.deps.Now()
		setting, err := s.deps.Settings.Setting(ctx, tx.Client(), spaceID, space.TokenExpiration)
		if err != nil {
			return err
		}
		made.ExpireTime = now.Add(auth.Lifetime(setting))
		if err := sweep(ctx, tx, now); err != nil {
			return err
		}
		return tx.Token.Create().
			SetAppID(caller.AppID).SetSpaceID(spaceID).SetDigest(digest).SetUsername(p.User).
			SetResourceType(enttoken.ResourceType(p.Resource)).SetResourceID(p.ResourceID).
			SetPermission(enttoken.Permission(p.Permission)).
			SetCreateTime(now).SetExpireTime(made.ExpireTime).
			Exec(ctx)
	})
	if err != nil {
		return Applied{}, fmt.Errorf("make a token: %w", err)
	}
	return made, nil
}

// maxSwept is how many tokens that have ended one Apply takes away, so that none is
// held up by a crowd of them.
const maxSwept = 1000

// sweep takes tokens away that have ended. Those that another Apply takes away just now
// are left to it: two that wait for each other's rows would get nowhere.
func sweep(ctx context.Context, tx *ent.Tx, now time.Time) error {
	ended := predicate.Token(func(s *sql.Selector) {
		t := sql.Dialect(s.Dialect()).Select().From(sql.Table(enttoken.Table).As("ended"))
		t.Select(t.C(enttoken.FieldID)).Where(sql.LTE(t.C(enttoken.FieldExpireTime), now)).Limit(maxSwept)
		rowlock.Free(t)
		s.Where(sql.In(s.C(enttoken.FieldID), t))
	})
	if _, err := tx.Token.Delete().Where(ended).Exec(ctx); err != nil {
		return fmt.Errorf("sweep tokens: %w", err)
	}
	return nil
}
