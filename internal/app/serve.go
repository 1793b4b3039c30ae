package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/graph"
	"rehearse.dev/graph/playground"
	"rehearse.dev/graph/read"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/rest"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/web"
)

// schemaPath is where the schema is served as text.
const schemaPath = "/schema.graphql"

// Paths of the health checks: whether the process answers, and whether it should
// be sent requests.
const (
	livePath  = "/healthz"
	readyPath = "/readyz"
)

// Times of the HTTP server.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 60 * time.Second
	idleTimeout   = 120 * time.Second
	// callsTimeout is how long the real calls that are under way may take at the end.
	callsTimeout = 5 * time.Second
	maxHeader    = 64 << 10
)

// ServeCmd is "rehearse serve".
type ServeCmd struct {
	Database
	DBRead  string `name:"db-read" placeholder:"URL" help:"A replica of the PostgreSQL database, for queries; they may see what was written some time ago."`
	Migrate bool   `help:"Bring the schema of a PostgreSQL database up to date first. An SQLite file always is."`
	Addr    string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen, ${default} if not given."`
	Dev     bool   `help:"Make a demo application with data to play with, and fill its header into the playground. On loopback only."`
	// GatewayKey trusts gateways: see loadGatewayKeys.
	GatewayKey []string  `placeholder:"KID=FILE.pem" help:"Trust callers that the gateway with this key id and public key vouches for; may be given several times."`
	API        API       `embed:""`
	Limits     Limits    `embed:""`
	Outbound   Outbound  `embed:""`
	Telemetry  Telemetry `embed:""`
	Retention  Retention `embed:""`
	Log        string    `default:"text" enum:"text,json" help:"The form of the log: text or json."`
}

// Run serves until the context ends, and then drains: see drain.
func (c *ServeCmd) Run(ctx context.Context, out Streams) (err error) {
	log := newLog(c.Log, out.Err)
	if err := c.check(); err != nil {
		return err
	}
	gateways, err := loadGatewayKeys(c.GatewayKey)
	if err != nil {
		return err
	}
	api, err := c.API.options()
	if err != nil {
		return err
	}
	origins, err := c.API.origins()
	if err != nil {
		return err
	}
	if api.Bounds, err = c.Limits.bounds(c.Dev); err != nil {
		return err
	}
	if err := api.Check(); err != nil {
		return refuse("documents", err)
	}
	if api.Telemetry, err = c.Telemetry.start(log); err != nil {
		return err
	}
	defer endTelemetry(ctx, api.Telemetry, log)
	retain, err := c.Retention.retain()
	if err != nil {
		return err
	}
	tuneMemory()
	s, err := c.openWith(ctx, store.Options{ReadDSN: c.DBRead, Migrate: c.Migrate}, auth.TrustGateways(gateways))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	if err := task.LabelKeys(ctx, s.store); err != nil {
		return err
	}
	if err := checkKeys(ctx, s.store.Read, s.keys, c.keySource()); err != nil {
		return err
	}
	s.runs.Log, s.runs.Retain = log, retain
	if err := c.Outbound.let(s, api.Telemetry); err != nil {
		return err
	}
	s.watch(api.Telemetry)
	end, err := s.begin(ctx, log)
	if err != nil {
		return err
	}
	defer func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), callsTimeout)
		defer cancel()
		end(limited)
	}()
	page := playground.Config{Examples: examples}
	if c.Dev {
		demo, err := s.makeDemo(ctx)
		if err != nil {
			return fmt.Errorf("make demo data: %w", err)
		}
		page.Headers = map[string]string{auth.AppHeader: demo.header}
		page.Examples = examplesFor(demo.templateID)
	}
	var draining atomic.Bool
	handler, err := s.routes(surface{page: page, api: api, origins: origins, dev: c.Dev, log: log, draining: &draining, drain: ctx})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return about("addr", err)
	}
	stopMetrics, err := c.Telemetry.serve(api.Telemetry, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer stopMetrics()
	if c.Dev {
		greet(out.Out, listener.Addr(), page.Headers[auth.AppHeader])
	}
	log.Info("serving", "addr", listener.Addr().String(), "db", c.shown(), "dev", c.Dev, "version", version(),
		"server", s.runs.Owner) // as in task_calls.owner
	return serve(ctx, listener, handler, log, &draining)
}

// check refuses values that the parser of flags cannot judge.
func (c *ServeCmd) check() error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return refuse("addr", fmt.Errorf("%q is not HOST:PORT", c.Addr))
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return refuse("addr", fmt.Errorf("the port %q is not a number from 0 to 65535", port))
	}
	if c.Dev && !loopback(host) {
		return refuse("addr", fmt.Errorf("--dev opens the server to whoever can reach it, so this must be a loopback address and not %q", c.Addr))
	}
	return nil
}

// loopback reports whether the name can only mean this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// surface is how the services are shown over HTTP.
type surface struct {
	page     playground.Config
	api      graph.Options
	origins  web.Origins
	dev      bool
	log      *slog.Logger
	draining *atomic.Bool
	drain    context.Context //nolint:containedctx // ends when the server is about to; nil never does
}

// routes is the whole HTTP surface.
func (s *services) routes(x surface) (http.Handler, error) {
	log := x.log
	reads, rows := s.store.Read, s.store.ReadDriver()
	if _, replica := s.store.Replica(); replica != rows {
		reads, rows = read.WithReplica(rows, replica, log)
	}
	reader := read.New(reads, rows, s.trees, s.plans, graph.Schema())
	exec, err := graph.NewExecutor(graph.Services{
		Reader: reader, Spaces: s.spaces, Tasks: s.tasks, Templates: s.templates, Tokens: s.tokens, Trees: s.trees, Runs: s.runs, Trials: s.trials, Hub: s.hub,
	}, log, x.api)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", share(x.origins, graph.NewHandler(exec, s.auth, log, graph.Live{Drain: x.drain, Origin: x.origins.Allows})))
	mux.Handle(rest.Prefix, share(x.origins, traced(x.api.Telemetry, rest.Prefix,
		rest.NewHandler(rest.Services{Spaces: s.spaces, Tasks: s.tasks}, s.auth, log))))
	if !x.api.Bounds.NoIntrospection {
		mux.Handle(schemaPath, share(x.origins, graph.SchemaHandler()))
	}
	mux.Handle("/", playground.Handler(x.page))
	mux.HandleFunc("GET "+livePath, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET "+readyPath, func(w http.ResponseWriter, r *http.Request) {
		switch err := s.store.Ready(r.Context()); {
		case x.draining.Load():
			http.Error(w, "draining", http.StatusServiceUnavailable)
		case err != nil:
			log.ErrorContext(r.Context(), "not ready", "error", err)
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		default:
			_, _ = io.WriteString(w, "ready\n")
		}
	})
	handler := web.Compress(mux)
	if x.dev {
		handler = localOnly(handler)
	}
	return logged(handler, log, x.api.Telemetry), nil
}

// serve runs the server until ctx ends, and then drains it.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger, draining *atomic.Bool) error {
	running := newGauge(handler)
	server := &http.Server{
		Handler: running, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		draining.Store(true)
		log.Info("draining")
		return drain(context.WithoutCancel(ctx), server, running)
	})
	return group.Wait()
}
