// Package space makes applications and their spaces, and reads the settings of
// spaces. A space is a tenant: everything else belongs to one, and a space to one
// application.
//
// It must not know of templates and tasks.
package space

import (
	"time"

	"rehearse.dev/internal/store"
)

// Deps is what the use cases need from outside; all of it must be set.
type Deps struct {
	Store *store.Store
	// Now is the clock.
	Now func() time.Time
	// Changed is told, after the commit, that the spaces of an application are not
	// what they were (auth.Authenticator.Forget).
	Changed func(appID int)
}

// Service runs the use cases. It is safe for concurrent use.
type Service struct{ deps Deps }

// New makes a Service.
func New(d Deps) *Service { return &Service{deps: d} }

// Problem codes; the API's UserErrorCode explains them.
const (
	codeBlank        = "BLANK"
	codeTooLong      = "TOO_LONG"
	codeInvalidValue = "INVALID_VALUE"
	codeConflict     = "CONFLICT"
	codeLimitReached = "LIMIT_REACHED"
)
