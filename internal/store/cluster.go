package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store/migration"
)

// times of connections to PostgreSQL.
type times struct {
	// patience bounds a statement outside of transactions and a whole transaction, the
	// wait for a connection included. A server that is cut off learns of it so.
	patience time.Duration
	// abandoned is how long PostgreSQL keeps the locks of a transaction whose server says
	// nothing more; it is shorter than what takes a dead server's task over.
	abandoned time.Duration
}

var usualTimes = times{patience: 10 * time.Second, abandoned: 5 * time.Second}

// connecting bounds making a connection.
const connecting = 5 * time.Second

// cluster is a PostgreSQL database that several servers may share. Reads and writes
// have a pool each: whoever holds a connection that writes may wait for one that
// reads, and so never for somebody who waits for them.
type cluster struct {
	reads, writes   *pgxpool.Pool
	readDB, writeDB *sql.DB // database/sql over them
	write           *ent.Client
	watchers        *watchers
	patience        time.Duration
	turn            turn // of transactions that are alone, in this process
}

// openCluster connects to a database and compares its schema with ours.
func openCluster(ctx context.Context, o Options) (_ *Store, err error) {
	if o.times == (times{}) {
		o.times = usualTimes
	}
	if o.Migrate {
		if err := Migrate(ctx, o.DSN, nil); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
	}
	told, past := &watchers{}, &history{}
	c := &cluster{watchers: told, patience: o.times.patience}
	defer func() {
		if err != nil {
			_ = c.close()
		}
	}()
	if c.writes, err = openConns(ctx, o.DSN, told, past, o.Writers, false, o.times); err != nil {
		return nil, err
	}
	if c.reads, err = openConns(ctx, o.DSN, told, past, o.Readers, true, o.times); err != nil {
		return nil, err
	}
	if err := unbroken(ctx, c.writes, func() error { return migration.Postgres(c.writes).Check(ctx) }); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	c.writeDB = stdlib.OpenDBFromPool(c.writes)
	plain := entsql.OpenDB(dialect.Postgres, c.writeDB)
	c.readDB = stdlib.OpenDBFromPool(c.reads)
	reads := &bounded{entsql.OpenDB(dialect.Postgres, c.readDB), c.patience, c.reads}
	c.write = ent.NewClient(ent.Driver(&clusterWriter{bounded{plain, c.patience, nil}, c.writes, told}))
	s := &Store{
		Read: ent.NewClient(ent.Driver(reads)), Write: c.write,
		dialect: dialect.Postgres, reads: reads, backend: c, watchers: told, pool: c.writes, history: past,
	}
	s.OnFailover(s.ids.forget)
	if o.ReadDSN != "" {
		s.replica, err = openReplica(ctx, o, told)
	}
	return s, err
}

// openConns makes a pool and connects once, so that a wrong URL is found at the start.
func openConns(ctx context.Context, dsn string, told *watchers, past *history, size int, readOnly bool, limits times) (*pgxpool.Pool, error) {
	pool, err := newConns(ctx, dsn, told, past, size, readOnly, limits)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return pool, nil
}

// newConns makes a pool that connects when it is used. past is nil where it does not
// matter.
func newConns(ctx context.Context, dsn string, told *watchers, past *history, size int, readOnly bool, limits times) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// What pgx says repeats the URL, whose password it masks in some forms only.
		return nil, fault.Newf(fault.CodeInvalid, "the URL of the database is not understood")
	}
	if size <= 0 && !strings.Contains(dsn, "pool_max_conns=") { // pgxpool's own parameter
		size = defaultConns
	}
	if size > 0 {
		config.MaxConns = int32(min(size, 1000)) //nolint:gosec // fits
	}
	config.PingTimeout = connecting
	connection := config.ConnConfig
	connection.ConnectTimeout = connecting
	connection.DialFunc = (&net.Dialer{Control: giveUpAfter(limits.patience), KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3,
	}}).DialContext
	connection.Tracer = &tracer{told}
	connection.RuntimeParams["timezone"] = "UTC"
	if connection.RuntimeParams["application_name"] == "" {
		connection.RuntimeParams["application_name"] = "rehearse"
	}
	settings := sessionSettings(readOnly, limits)
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		c.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		err := c.PgConn().Exec(ctx, settings).Close()
		if err == nil && past != nil {
			past.look(ctx, c)
		}
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return pool, nil
}

// sessionSettings sets what a session has for its whole life. It is not among the
// parameters of the connection: with target_session_attrs=read-write no server would do
// for reads then, and poolers refuse parameters that they do not know.
func sessionSettings(readOnly bool, limits times) string {
	return "SET default_transaction_read_only = " + strconv.FormatBool(readOnly) +
		"; SET idle_in_transaction_session_timeout = " + milliseconds(limits.abandoned) +
		"; SET lock_timeout = " + milliseconds(limits.patience) +
		"; SET statement_timeout = " + milliseconds(limits.patience)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// close ends all connections when those who use them are done, and waits for that as
// long as a transaction may take: connections to a database that does not answer may
// take longer to notice.
func (c *cluster) close() error {
	if c.writeDB != nil {
		if _, err := c.turn.take(context.Background()); err != nil {
			return nil // closed before
		}
		c.turn.close()
	}
	for _, db := range []*sql.DB{c.readDB, c.writeDB} {
		if db != nil {
			_ = db.Close() // it keeps no connections of its own
		}
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, pool := range []*pgxpool.Pool{c.reads, c.writes} {
			if pool != nil {
				pool.Close()
			}
		}
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(c.patience):
		return errors.New("close the database: connections are still in use")
	}
}

// bounded is an Ent driver over PostgreSQL whose statements do not wait for ever.
type bounded struct {
	*entsql.Driver
	patience time.Duration
	// reads is the pool of statements that only read. Nil, each is a transaction that
	// changes something.
	reads *pgxpool.Pool
}

// Exec implements dialect.Driver.
func (b *bounded) Exec(ctx context.Context, query string, args, v any) error {
	limited, cancel := context.WithTimeout(ctx, b.patience)
	defer cancel()
	return b.explain(ctx, b.send(limited, func() error { return b.Driver.Exec(limited, query, args, v) }))
}

// Query implements dialect.Driver.
func (b *bounded) Query(ctx context.Context, query string, args, v any) error {
	limited, cancel := context.WithTimeout(ctx, b.patience)
	if err := b.send(limited, func() error { return b.Driver.Query(limited, query, args, v) }); err != nil {
		cancel()
		return b.explain(ctx, err)
	}
	found, ok := v.(*entsql.Rows)
	if !ok { // not reached: Ent's driver has refused it
		cancel()
		return nil
	}
	found.ColumnScanner = &held{ColumnScanner: found.ColumnScanner, release: cancel}
	return nil
}

func (b *bounded) send(ctx context.Context, do func() error) error {
	if b.reads == nil {
		return do()
	}
	return unbroken(ctx, b.reads, do)
}

func (b *bounded) explain(ctx context.Context, err error) error {
	if b.reads == nil {
		return doubtful(ctx, err)
	}
	return overdue(ctx, lost(err))
}

// clusterWriter is the Ent driver of the write client.
type clusterWriter struct {
	bounded
	pool     *pgxpool.Pool
	watchers *watchers
}

// Exec implements dialect.Driver.
func (w *clusterWriter) Exec(ctx context.Context, query string, args, v any) error {
	if running(ctx) != nil {
		return ErrNested
	}
	return w.bounded.Exec(ctx, query, args, v)
}

// Query implements dialect.Driver.
func (w *clusterWriter) Query(ctx context.Context, query string, args, v any) error {
	if running(ctx) != nil {
		return ErrNested
	}
	return w.bounded.Query(ctx, query, args, v)
}

// Tx implements dialect.Driver.
func (w *clusterWriter) Tx(ctx context.Context) (tx dialect.Tx, err error) {
	if running(ctx) != nil {
		return nil, ErrNested
	}
	b, ok := ctx.Value(beginningKey{}).(*beginning)
	if !ok { // Ent's own, around a statement of several
		b = &beginning{query: beginPlain, state: &txState{watchers: w.watchers}}
	}
	err = unbroken(ctx, w.pool, func() (err error) {
		tx, err = w.begin(ctx, b)
		return err
	})
	return tx, lost(err)
}

// begin begins a transaction on a connection of database/sql through pgx, so that both
// know it.
func (w *clusterWriter) begin(ctx context.Context, b *beginning) (_ dialect.Tx, err error) {
	conn, err := w.DB().Conn(ctx)
	if err != nil {
		return nil, err
	}
	begin := func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("database/sql opened a %T", raw)
		}
		b.state.pgx, err = c.Conn().BeginTx(withoutCounter(ctx), pgx.TxOptions{BeginQuery: b.query, CommitQuery: commit})
		return err
	}
	if err := conn.Raw(begin); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &clusterTx{
		conn: conn, tx: b.state.pgx, state: b.state, patience: w.patience,
		run: entsql.NewDriver(dialect.Postgres, entsql.Conn{ExecQuerier: conn}),
	}, nil
}
