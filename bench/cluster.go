package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/internal/app"
	"rehearse.dev/internal/store"
)

// replicas is how many servers of one database are compared with one.
const replicas = 3

// cluster is what the scenarios on PostgreSQL compare: sites with a database each, so
// that none sees what the servers of another one announce.
type cluster struct {
	postgres *postgres
	sites    []*site
	file     *site // on SQLite
	raw      *pgxpool.Pool
	rawWorld *world
	rawChain *chain
	stop     []func() error
}

// site is a database with servers of its own.
type site struct {
	*world // of the same database, in this process: it makes the data, and serves nobody
	name   string
	dsn    string
	chain  *chain
	procs  []*process
	turns  *turns // of the world's connections, nil on SQLite
	master int    // see postgres
}

// newCluster makes the databases and starts the servers; other is another build of the
// program to measure beside, or empty.
func newCluster(ctx context.Context, dsn, other, dir string) (_ *cluster, err error) {
	c := &cluster{}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	if c.postgres, err = openPostgres(ctx, dsn, dir); err != nil {
		return nil, err
	}
	c.stop = append(c.stop, c.postgres.close)
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	plans := []siteOf{
		{name: "PostgreSQL, 1 server", program: self, servers: 1},
		{name: fmt.Sprintf("PostgreSQL, %d servers", replicas), program: self, servers: replicas},
		{name: "1 server, no NOTIFY", program: self, servers: 1, mute: true},
	}
	if other != "" {
		plans = append(plans, siteOf{name: "other build, 1 server", program: other, servers: 1},
			siteOf{name: fmt.Sprintf("other build, %d servers", replicas), program: other, servers: replicas})
	}
	for _, p := range plans {
		s, err := c.site(ctx, dir, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		c.sites = append(c.sites, s)
	}
	if c.file, err = c.site(ctx, dir, siteOf{name: "SQLite, 1 server", program: self}); err != nil {
		return nil, fmt.Errorf("SQLite: %w", err)
	}
	return c, c.openRaw(ctx)
}

// siteOf says what a site is made of: servers of a program, on an SQLite file when there
// are none.
type siteOf struct {
	name, program string
	servers       int
	mute          bool // has NOTIFY do nothing
}

// site makes a database with a template of a short chain, and starts its servers.
func (c *cluster) site(ctx context.Context, dir string, of siteOf) (_ *site, err error) {
	s := &site{name: of.name}
	short := fmt.Sprintf("site-%d", len(c.sites))
	servers := of.servers
	db := app.Database{DB: filepath.Join(dir, short+".db"), KeyFile: c.postgres.keyFile}
	inside := db
	if servers > 0 {
		if s.dsn, err = c.postgres.fresh(ctx); err != nil {
			return nil, err
		}
		if of.mute {
			if err := c.postgres.mute(ctx, s.dsn); err != nil {
				return nil, err
			}
		}
		db.DB, s.master = s.dsn, c.postgres.master
		if s.turns, inside.DB, err = newTurns(ctx, as(s.dsn, "rehearse_bench")); err != nil {
			return nil, err
		}
		c.stop = append(c.stop, s.turns.close)
	}
	if s.world, err = openWorld(ctx, inside, pageSize); err != nil {
		return nil, err
	}
	c.stop = append(c.stop, s.world.close)
	if s.chain, err = s.newChain(ctx, shortLength); err != nil {
		return nil, err
	}
	for i := range max(1, servers) {
		p, err := startServer(ctx, of.program, dir, fmt.Sprintf("%s-%d", short, i), db)
		if err != nil {
			return nil, err
		}
		c.stop = append(c.stop, p.stop)
		s.procs = append(s.procs, p)
	}
	s.addr = s.procs[0].addr
	return s, nil
}

// openRaw makes the database of the raw transactions.
func (c *cluster) openRaw(ctx context.Context) error {
	dsn, err := c.postgres.fresh(ctx)
	if err != nil {
		return err
	}
	if c.rawWorld, err = openWorld(ctx, app.Database{DB: dsn, KeyFile: c.postgres.keyFile}, pageSize); err != nil {
		return err
	}
	c.stop = append(c.stop, c.rawWorld.close)
	if c.rawChain, err = c.rawWorld.newChain(ctx, shortLength); err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return err
	}
	config.MaxConns = burst
	if c.raw, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	c.stop = append(c.stop, func() error { c.raw.Close(); return nil })
	return nil
}

// close stops the servers and drops the databases.
func (c *cluster) close() error {
	var failed []error
	for _, stop := range slices.Backward(c.stop) {
		failed = append(failed, stop())
	}
	return errors.Join(failed...)
}

// meter is the processor time of the site's servers and of PostgreSQL as a whole.
func (s *site) meter() usage {
	pids := make([]int, len(s.procs))
	for i, p := range s.procs {
		pids[i] = p.cmd.Process.Pid
	}
	u := usage{servers: processTime(pids...)}
	if s.master != 0 {
		u.database = familyTime(s.master)
	}
	return u
}

// side sends requests to the servers in turns: each connection stays with one.
func (s *site) side(r request, vary func(int) int, want string) side {
	var next atomic.Int64
	return side{name: s.name, workers: connections, meter: s.meter, worker: func(ctx context.Context) (call, func() error, error) {
		to := s.procs[int(next.Add(1))%len(s.procs)]
		return overHTTP(s.name, to.addr, r, vary, want).worker(ctx)
	}}
}

// price is what one request costs in a server that has seen others like it before.
type price struct {
	texts []string
	turns int64
}

// price asks the server in this process. Statements are prepared when a connection
// sends them for the first time, so the cheapest of some requests counts.
func (s *site) price(ctx context.Context, r request, vary func(int) int) (least price, err error) {
	for i := range 9 {
		if vary != nil {
			r = r.with(vary(i))
		}
		before := s.turns.count.Load()
		_, texts, err := s.ask(ctx, r)
		if err != nil {
			return least, err
		}
		p := price{texts, s.turns.count.Load() - before}
		if i == 0 || p.turns < least.turns {
			least = p
		}
	}
	return least, nil
}

// rawMeter is that of the raw transactions, which this process makes itself.
func (c *cluster) rawMeter() usage {
	if c.postgres.master == 0 {
		return usage{}
	}
	return usage{database: familyTime(c.postgres.master)}
}

// vacuum does what a database that has been written to for a while would do by itself
// now and then, so that it happens between scenarios and not in one of them.
func (c *cluster) vacuum(ctx context.Context) error {
	for _, s := range c.sites {
		if err := analyze(ctx, s.app.Store); err != nil {
			return err
		}
	}
	return analyze(ctx, c.rawWorld.app.Store)
}

func analyze(ctx context.Context, s *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := s.Pool().Exec(ctx, "VACUUM ANALYZE"); err != nil {
		return fmt.Errorf("vacuum: %w", err)
	}
	return nil
}
