package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"time"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

// method is one way in which a request can say who calls. present is false if the
// request does not try this way; the next one gets its chance then. A request that
// tries and fails is refused, whatever other headers it has.
type method func(ctx context.Context, h http.Header) (c Caller, present bool, err error)

// Authenticator finds out who calls. It is safe for concurrent use.
type Authenticator struct {
	store   *store.Store
	methods []method // in the order in which they are tried
	cache   *cache
}

// New makes an authenticator over the applications in the store. now is its clock.
func New(s *store.Store, now func() time.Time, options ...Option) *Authenticator {
	a := &Authenticator{store: s, cache: newCache(now)}
	a.methods = []method{a.byToken, a.byAppSecret}
	for _, option := range options {
		option(a)
	}
	return a
}

// Header returns who calls according to the headers of a request.
//
// It returns fault.CodeUnauthenticated if they do not say, or say it wrongly, and
// an error of the store or the context if that could not be found out. It needs at
// most one statement, and none for headers that it has seen within CacheTTL; a token
// that is renewed takes a transaction more.
func (a *Authenticator) Header(ctx context.Context, h http.Header) (Caller, error) {
	for _, m := range a.methods {
		if c, present, err := m(ctx, h); present || err != nil {
			return c, err
		}
	}
	return Caller{}, unauthenticated("the request must have the header " + AppHeader + ", or a token in " + TokenHeader)
}

// Check returns the caller that the credentials belong to, with the errors of
// Header. It is for routes that take them elsewhere than in a header.
func (a *Authenticator) Check(ctx context.Context, c Credentials) (Caller, error) {
	if err := c.check(); err != nil {
		return Caller{}, err
	}
	return a.cache.remember(c.digest(), func() (Caller, error) { return a.verify(ctx, c) })
}

// Forget makes the next request of the application, or with a token of its or for its
// spaces, ask the database again. Whoever creates or deletes a space, changes its
// settings or revokes a token calls it after the commit.
func (a *Authenticator) Forget(appID int) { a.cache.forget(appID) }

// ForgetAll is Forget for all applications, for when it is not known what was missed.
func (a *Authenticator) ForgetAll() { a.cache.clear() }

// verify costs the same for an unknown application and for a wrong secret, and
// answers the same, so that nobody learns which codes exist.
func (a *Authenticator) verify(ctx context.Context, c Credentials) (Caller, error) {
	found, err := a.lookUp(ctx, c.AppCode)
	if err != nil {
		return Caller{}, err
	}
	given := sha256.Sum256([]byte(c.AppSecret))
	// A missing application has no digest, and nothing equals that.
	if subtle.ConstantTimeCompare(given[:], found.digest) != 1 {
		return Caller{}, unauthenticated("the application is unknown or its secret is wrong")
	}
	found.caller.Username = c.Username
	return found.caller, nil
}

func unauthenticated(message string) error {
	return fault.Newf(fault.CodeUnauthenticated, "%s", message)
}
