// Package space makes applications and their spaces, and keeps the settings and the
// credentials of spaces. A space is a tenant: everything else belongs to one, and a
// space to one application.
//
// It must not know of templates and tasks. What a credential holds leaves it sealed
// or masked; only ForUniformAPI and ForCalls open one.
package space

import (
	"context"
	"fmt"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/space"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store"
)

// Deps is what the use cases need from outside; all of it must be set.
type Deps struct {
	Store *store.Store
	// Now is the clock.
	Now func() time.Time
	// Changed is told, in the transaction, that the spaces of an application or their
	// settings will not be what they were: once it is committed, callers are read anew
	// (relay.Relay.ForgetCallers).
	Changed func(ctx context.Context, appID int) error
	// Keys seal the credentials; what does not touch credentials works without.
	Keys *seal.Keyring
}

// Service runs the use cases. It is safe for concurrent use.
type Service struct{ deps Deps }

// New makes a Service.
func New(d Deps) *Service { return &Service{deps: d} }

// Problem codes; the API's UserErrorCode explains them.
const (
	codeRequired     = "REQUIRED"
	codeBlank        = "BLANK"
	codeWrongType    = "WRONG_TYPE"
	codeNotFound     = "NOT_FOUND"
	codeTooLong      = "TOO_LONG"
	codeInvalidValue = "INVALID_VALUE"
	codeConflict     = "CONFLICT"
	codeLimitReached = "LIMIT_REACHED"
)

// managed returns the live space with that id if the caller may manage it. A space
// that the caller may not even see is missing, at the given path.
func (s *Service) managed(ctx context.Context, c *ent.Client, caller auth.Caller, id int, path ...string) (*ent.Space, error) {
	missing := refusal(fault.CodeNotFound, codeNotFound, "there is no such space", path...)
	err := caller.May(auth.ManageSpace, auth.Target{SpaceID: id})
	if fault.CodeOf(err) == fault.CodeNotFound {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	row, err := c.Space.Query().Where(space.ID(id), space.IsDeleted(false)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("find space %d: %w", id, err)
	}
	return row, nil
}
