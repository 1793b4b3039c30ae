package app

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"rehearse.dev/graph/playground"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
	"rehearse.dev/internal/template"
)

// App is what "serve" serves, for programs that bring a listener of their own and
// fill the database through the services. It is safe for concurrent use.
type App struct {
	Spaces    *space.Service
	Templates *template.Service
	Tasks     *task.Service
	// Runs starts tasks and makes them go on; timers go off once it is started.
	Runs *run.Runner
	// Store is the open database.
	Store *store.Store

	services *services
}

// Open opens the database as "serve" does, with its keys, and tunes the
// garbage collector. Options say whose word is taken for a caller. The caller must
// Close it.
func Open(ctx context.Context, d Database, options ...auth.Option) (*App, error) {
	tuneMemory()
	all, err := d.openWith(ctx, store.Options{}, options...)
	if err != nil {
		return nil, err
	}
	return &App{Spaces: all.spaces, Templates: all.templates, Tasks: all.tasks, Runs: all.runs, Store: all.store, services: all}, nil
}

// Handler is the whole HTTP surface, with a line in the log for each request.
func (a *App) Handler(log io.Writer) (http.Handler, error) {
	return a.services.routes(surface{page: playground.Config{Examples: examples}, log: newLog("text", log), draining: new(atomic.Bool)})
}

// Close closes the database.
func (a *App) Close() error { return a.services.store.Close() }
