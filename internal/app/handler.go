package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"rehearse.dev/graph/playground"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/template"
)

// App is what "serve" serves, for programs that bring a listener of their own and
// fill the database through the services. It is safe for concurrent use.
type App struct {
	Spaces    *space.Service
	Templates *template.Service
	Tasks     *task.Service

	services *services
}

// Open opens the SQLite file at path, and makes it and the file of its key,
// path.key, if they are missing. It tunes the garbage collector as "serve" does.
// Options say whose word is taken for a caller. Errors are those of store.Open and
// seal.Load. The caller must Close it.
func Open(ctx context.Context, path string, options ...auth.Option) (*App, error) {
	tuneMemory()
	s, err := store.Open(ctx, store.Options{DSN: path})
	if err != nil {
		return nil, err
	}
	keys, err := seal.Load(seal.Source{File: path + ".key"})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	all := newServices(s, keys, options...)
	return &App{Spaces: all.spaces, Templates: all.templates, Tasks: all.tasks, services: all}, nil
}

// Handler is the whole HTTP surface, with a line in the log for each request.
func (a *App) Handler(log io.Writer) http.Handler {
	return a.services.routes(playground.Config{Examples: examples}, newLog("text", log), false, new(atomic.Bool))
}

// Close closes the database.
func (a *App) Close() error { return a.services.store.Close() }
