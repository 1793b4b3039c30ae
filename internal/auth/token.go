package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"rehearse.dev/internal/fault"
)

// TokenHeader is the header in which a browser sends its token, after "Bearer".
const TokenHeader = "Authorization"

// tokenLength is that of 256 bits in base64url.
const tokenLength = 43

// otherHeaders say who calls in other ways. With one of them beside it a token is
// refused: whoever sends both does not know whom the answer is for.
var otherHeaders = []string{AppHeader, GatewayHeader}

// TokenDigest is what the database keeps of a token. A slow hash is for guessable
// passwords, which 256 random bits are not. ok is false for a text that cannot be a
// token.
func TokenDigest(token string) (sum []byte, ok bool) {
	if len(token) != tokenLength {
		return nil, false
	}
	if _, err := base64.RawURLEncoding.DecodeString(token); err != nil {
		return nil, false
	}
	d := sha256.Sum256([]byte(token))
	return d[:], true
}

// tokenKey names a token in the cache: the complement of its hash, because the hash
// itself is the name of an application's header that has the same text.
func tokenKey(token string) digest {
	key := digest(sha256.Sum256([]byte(token)))
	for i := range key {
		key[i] = ^key[i]
	}
	return key
}

// byToken is the method of TokenHeader. Other schemes than Bearer are left to
// whoever stands in front of the server.
func (a *Authenticator) byToken(ctx context.Context, h http.Header) (Caller, bool, error) {
	var tokens []string
	for _, value := range h.Values(TokenHeader) {
		if scheme, token, _ := strings.Cut(value, " "); strings.EqualFold(scheme, "Bearer") {
			tokens = append(tokens, strings.TrimSpace(token))
		}
	}
	if len(tokens) == 0 {
		return Caller{}, false, nil
	}
	if len(tokens) > 1 {
		return Caller{}, true, unauthenticated(TokenHeader + " must be sent once")
	}
	for _, other := range otherHeaders {
		if len(h.Values(other)) > 0 {
			return Caller{}, true, unauthenticated("send " + TokenHeader + " or " + other + ", not both")
		}
	}
	c, err := a.cache.remember(tokenKey(tokens[0]), func() (Caller, error) {
		return a.checkToken(ctx, tokens[0])
	})
	return c, true, err
}

// checkToken finds out what a token stands for, and renews it. Whatever is wrong
// with it, the answer is the same.
func (a *Authenticator) checkToken(ctx context.Context, token string) (Caller, error) {
	sum, ok := TokenDigest(token)
	if !ok {
		return Caller{}, errToken
	}
	found, err := a.lookUpToken(ctx, sum)
	if err != nil {
		return Caller{}, err
	}
	if found == nil || !a.cache.now().Before(found.caller.Expires) {
		return Caller{}, errToken
	}
	a.renew(ctx, found)
	return found.caller, nil
}

var errToken = fault.Newf(fault.CodeUnauthenticated, "the token is unknown, expired or revoked")
