package space

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
)

// appCode is what an application's code may be; 32 characters is the limit of the
// original (domain §2.1).
var appCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// CreateApp makes an application and returns its secret: 256 random bits in
// base64url, 43 characters. The database keeps their SHA-256 only, so this is the
// one moment to read it. A slow hash is for guessable passwords, which it is not.
//
// It returns fault.CodeInvalid for a code that is not 1 to 32 of A-Z, a-z, 0-9, "_"
// and "-", and fault.CodeConflict for one that is taken.
func (s *Service) CreateApp(ctx context.Context, code string, superuser bool) (secret string, err error) {
	if !appCode.MatchString(code) {
		return "", refusal(fault.CodeInvalid, codeInvalidValue, "an app code is 1 to 32 letters, digits, underscores and hyphens", "code")
	}
	token := make([]byte, sha256.Size)
	_, _ = rand.Read(token) // never fails since Go 1.24
	secret = base64.RawURLEncoding.EncodeToString(token)
	digest := sha256.Sum256([]byte(secret))
	err = s.deps.Store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		err := tx.App.Create().
			SetCode(code).
			SetSecretDigest(digest[:]).
			SetSuperuser(superuser).
			SetCreateTime(s.deps.Now()).
			Exec(ctx)
		if ent.IsConstraintError(err) {
			return refusal(fault.CodeConflict, codeConflict, "the app code is taken", "code")
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("create the application: %w", err)
	}
	return secret, nil
}
