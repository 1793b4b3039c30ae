package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"

	"rehearse.dev/graph"
	"rehearse.dev/graph/playground"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/task"
)

// Assembly is the wired program without a listener, for tests.
type Assembly struct {
	*services
	end *func(context.Context)
}

// NewLog makes the log as the server does.
var NewLog = newLog

// Assemble opens the database as "serve" does, and makes the file of the key if missing.
func Assemble(ctx context.Context, db, keyFile string) (Assembly, error) {
	return AssembleReading(ctx, db, "", keyFile)
}

// AssembleReading is Assemble with a replica.
func AssembleReading(ctx context.Context, db, replica, keyFile string) (Assembly, error) {
	s, err := store.Open(ctx, store.Options{DSN: db, ReadDSN: replica})
	if err != nil {
		return Assembly{}, err
	}
	keys, err := seal.Load(seal.Source{File: keyFile})
	if err != nil {
		return Assembly{}, errors.Join(err, s.Close())
	}
	return Assembly{newServices(s, keys), new(func(context.Context))}, nil
}

// Run lets the tasks go on by themselves, real calls included, until Close. The hosts
// are those that nodes may call.
func (a Assembly) Run(ctx context.Context, log *slog.Logger, hosts ...string) error {
	client, err := Outbound{AllowHost: hosts}.client()
	if err != nil {
		return err
	}
	a.runs.Log, a.runs.Calls = log, realcall.New(realcall.Deps{HTTP: client, Spaces: a.spaces, Now: now})
	*a.end, err = a.begin(ctx, log)
	return err
}

// Close ends what goes on and closes the database.
func (a Assembly) Close() error {
	if *a.end != nil {
		(*a.end)(context.Background())
	}
	return a.store.Close()
}

// Handler is the whole HTTP surface.
func (a Assembly) Handler(log *slog.Logger, api graph.Options) (http.Handler, error) {
	return a.routes(surface{page: playground.Config{Examples: examples}, api: api, log: log, draining: new(atomic.Bool)})
}

// Store is the open database.
func (a Assembly) Store() *store.Store { return a.store }

// CreateApp makes an application as "app create" does.
func (a Assembly) CreateApp(ctx context.Context, code string, superuser bool) (string, error) {
	return a.spaces.CreateApp(ctx, code, superuser)
}

// OpenCredentials opens the sealed credentials of a task.
func (a Assembly) OpenCredentials(sealed []byte, instanceID string) ([]byte, error) {
	return a.keys.Open(sealed, task.CredentialContext(instanceID))
}

// Reseal seals at most one batch of everything of a kind again, as rotate-key does
// before it is killed.
func (a Assembly) Reseal(ctx context.Context, from string, limit int) (int, error) {
	ofTasks, err := a.tasks.Reseal(ctx, from, limit)
	if err != nil {
		return 0, err
	}
	ofSpaces, err := a.spaces.Reseal(ctx, from, limit)
	return ofTasks + ofSpaces, err
}

// Keys is the ring.
func (a Assembly) Keys() *seal.Keyring { return a.keys }

// MakeDemo makes the demo data and returns the header of its application.
func (a Assembly) MakeDemo(ctx context.Context) (string, error) {
	made, err := a.makeDemo(ctx)
	return made.header, err
}
