// Package token makes and ends the tokens that browsers call with: a front end must
// never hold an application's secret. What a token allows is decided in package auth.
package token

import (
	"context"
	"encoding/json"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store"
)

// Settings reads the settings of spaces; space.Service does.
type Settings interface {
	Setting(ctx context.Context, client *ent.Client, spaceID int, name string) (json.RawMessage, error)
}

// Deps is what the use cases need from outside; all of it must be set.
type Deps struct {
	Store    *store.Store
	Settings Settings
	// Now is the clock.
	Now func() time.Time
	// Revoked is told, in the transaction, that a token of the application ends: once it
	// is committed, callers are read anew (relay.Relay.ForgetCallers). It names no token,
	// since other servers are told of it.
	Revoked func(ctx context.Context, appID int) error
}

// Service runs the use cases. It is safe for concurrent use.
type Service struct{ deps Deps }

// New makes a Service.
func New(d Deps) *Service { return &Service{deps: d} }

// Problem codes; the API's UserErrorCode explains them.
const (
	codeInvalidValue = "INVALID_VALUE"
	codeNotFound     = "NOT_FOUND"
)
