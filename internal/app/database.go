package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/plugin"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/relay"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
	"rehearse.dev/internal/task/trial"
	"rehearse.dev/internal/template"
	"rehearse.dev/internal/token"
)

// Database is the flag of every command that opens the database.
type Database struct {
	DB      string `name:"db" default:"rehearse.db" placeholder:"FILE|URL" help:"The SQLite file, ${default} if not given, or the URL of a PostgreSQL database: postgres://USER@HOST/NAME."`
	KeyFile string `name:"key-file" placeholder:"FILE" help:"The file of the sealing keys. That of an SQLite file is beside it if not given, and made there; for PostgreSQL give this or REHEARSE_KEY."`
}

// services is everything behind the edges.
type services struct {
	store     *store.Store
	auth      *auth.Authenticator
	keys      *seal.Keyring
	trees     *template.Trees
	spaces    *space.Service
	templates *template.Service
	tasks     *task.Service
	tokens    *token.Service
	plans     *run.Plans
	hub       *event.Hub
	relay     *relay.Relay
	runs      *run.Runner
	trials    *trial.Service
}

// open opens the database and makes the services over it. Settings are judged
// before a file is made.
func (d Database) open(ctx context.Context) (*services, error) {
	return d.openWith(ctx, store.Options{})
}

// openWith is open with options.
func (d Database) openWith(ctx context.Context, o store.Options, options ...auth.Option) (*services, error) {
	from := d.keySource()
	if err := store.CheckDSN(d.DB); err != nil {
		return nil, refuse("db", err)
	}
	if err := d.checkKeys(from); err != nil {
		return nil, err
	}
	s, err := d.openStore(ctx, o)
	if err != nil {
		return nil, err
	}
	keys, err := seal.Load(from)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return newServices(s, keys, options...), nil
}

// openStore opens the database alone, with the options that DSN is added to.
func (d Database) openStore(ctx context.Context, o store.Options) (*store.Store, error) {
	if d.keyFile() == d.DB {
		return nil, refuse("db", errors.New("a name that ends in .key is for the file of the key"))
	}
	o.DSN = d.DB
	s, err := store.Open(ctx, o)
	if fault.CodeOf(err) == fault.CodeInvalid {
		return nil, refuse("db", err)
	}
	if err != nil {
		return nil, about("db", err)
	}
	return s, nil
}

// inFile tells a file from the URL of a database that servers share.
func (d Database) inFile() bool { return !strings.Contains(d.DB, "://") }

// shown is the database as the log may name it: a URL has a password in it.
func (d Database) shown() string {
	if d.inFile() {
		return d.DB
	}
	u, err := url.Parse(d.DB)
	if err != nil {
		return "a URL"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// exists is for commands that have nothing to do in a new database: a mistyped name
// must not make one, with a key beside it. Names of other kinds are left to openStore.
func (d Database) exists() error {
	if _, err := os.Stat(d.DB); d.DB != "" && d.inFile() && errors.Is(err, fs.ErrNotExist) {
		return about("db", fmt.Errorf("there is no file %s", d.DB))
	}
	return nil
}

func newServices(s *store.Store, keys *seal.Keyring, options ...auth.Option) *services {
	trees := template.NewTrees(template.DefaultTreeBytes, engine.CheckVariables)
	authenticator := auth.New(s, now, options...)
	hub := event.NewHub()
	tell := relay.New(hub, authenticator)
	spaces := space.New(space.Deps{Store: s, Now: now, Changed: tell.ForgetCallers, Keys: keys})
	plugins := plugin.Builtin()
	known := func(code, version string) bool {
		_, ok := plugins.Lookup(code, version)
		return ok
	}
	plans := run.NewPlans(trees, plugins)
	runs := run.New(run.Deps{
		Store: s, Trees: trees, Plans: plans, Settings: spaces, Keys: keys, Relay: tell, Now: now,
		Calls: realcall.New(realcall.Deps{HTTP: outbound.New(outbound.Config{}), Spaces: spaces, Now: now}),
		Log:   slog.New(slog.DiscardHandler), Owner: newInstanceID(),
	})
	for _, forget := range []func(){trees.Forget, plans.Forget, runs.Forget, authenticator.ForgetAll} {
		s.OnFailover(forget)
	}
	tasks := task.New(task.Deps{
		Store: s, Trees: trees, Keys: keys, Credentials: spaces, CheckVariables: engine.CheckVariables,
		KnownPlugin: known, ServedPlugin: plugin.Served, Runs: runs, Now: now, NewInstanceID: newInstanceID,
	})
	return &services{
		plans: plans, hub: hub, relay: tell, runs: runs,
		store: s, auth: authenticator, keys: keys, trees: trees, spaces: spaces,
		templates: template.New(template.Deps{Store: s, Settings: spaces, Trees: trees, Now: now}),
		tokens:    token.New(token.Deps{Store: s, Settings: spaces, Now: now, Revoked: tell.ForgetCallers}),
		tasks:     tasks,
		trials:    trial.New(trial.Deps{Tasks: tasks, Runs: runs, Plugins: plugins, Now: now}),
	}
}

// now is the clock: UTC, in the microseconds that the contract shows.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// newInstanceID makes 32 random hex digits.
func newInstanceID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// explainProblems makes one error out of a fault and its problems, a line each.
func explainProblems(err error) error {
	f := fault.As(err)
	if f == nil || len(f.Problems) == 0 {
		return err
	}
	lines := make([]string, len(f.Problems))
	for i, p := range f.Problems {
		lines[i] = fmt.Sprintf("%s: %s", strings.Join(p.Path, "."), p.Message)
	}
	return errors.New(strings.Join(lines, "\n"))
}
