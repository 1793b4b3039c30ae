package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"

	"rehearse.dev/graph/playground"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store"
)

// Assembly is the wired program without a listener, for tests.
type Assembly struct{ *services }

// NewLog makes the log as the server does.
var NewLog = newLog

// Assemble opens the database as "serve" does.
func Assemble(ctx context.Context, db string) (Assembly, error) {
	s, err := store.Open(ctx, store.Options{DSN: db})
	if err != nil {
		return Assembly{}, err
	}
	keys, err := seal.Load(seal.Source{File: Database{DB: db}.keyFile()})
	if err != nil {
		return Assembly{}, errors.Join(err, s.Close())
	}
	return Assembly{newServices(s, keys)}, nil
}

// Handler is the whole HTTP surface.
func (a Assembly) Handler(log *slog.Logger) http.Handler {
	return a.routes(playground.Config{Examples: examples}, log, false, new(atomic.Bool))
}

// Store is the open database.
func (a Assembly) Store() *store.Store { return a.store }

// CreateApp makes an application as "app create" does.
func (a Assembly) CreateApp(ctx context.Context, code string, superuser bool) (string, error) {
	return a.spaces.CreateApp(ctx, code, superuser)
}
