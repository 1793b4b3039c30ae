package token

import (
	"context"
	"fmt"

	"rehearse.dev/ent"
	enttoken "rehearse.dev/ent/token"
	"rehearse.dev/internal/auth"
)

// Revoke ends a token at once and reports whether it was in force. One that is
// unknown, has ended or is another application's is left alone and gives false, so
// that nobody can try out tokens here.
//
// It returns fault.CodeForbidden for a caller that is a token itself.
func (s *Service) Revoke(ctx context.Context, caller auth.Caller, token string) (revoked bool, err error) {
	if err := caller.MayAsApp(); err != nil {
		return false, err
	}
	digest, ok := auth.TokenDigest(token)
	if !ok {
		return false, nil
	}
	err = s.deps.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		now := s.deps.Now()
		n, err := tx.Token.Update().
			Where(enttoken.Digest(digest), enttoken.AppID(caller.AppID), enttoken.ExpireTimeGT(now)).
			SetExpireTime(now).Save(ctx)
		if revoked = n > 0; err != nil || !revoked {
			return err
		}
		return s.deps.Revoked(ctx, caller.AppID)
	})
	if err != nil {
		return false, fmt.Errorf("revoke a token: %w", err)
	}
	return revoked, nil
}
