// Package store opens the database and knows everything about its dialect: how
// it is opened, who may write, how transactions queue, what an error of the
// driver means, and how statements are counted.
//
// It must not know what the rows mean; services own that. One SQLite file is
// served by two Ent clients, and so is a PostgreSQL database: one reads and one
// writes. The split is by client and never by statement, because Ent's inserts use
// RETURNING and so look like queries.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/ent"
	_ "rehearse.dev/ent/runtime" // defaults and validators of the schema
	"rehearse.dev/internal/fault"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	// Read runs queries on connections that cannot write.
	Read *ent.Client
	// Write runs single statements on a connection that can write. Use it outside
	// transactions only; inside one, it is refused: on SQLite it would wait for itself
	// for ever. Prefer InTx, whose queue is fair.
	Write *ent.Client

	dialect  string
	reads    dialect.Driver
	backend  backend
	replica  *replica // nil when all reads go to the primary
	pool     *pgxpool.Pool
	watchers *watchers
	ids      ids
	history  *history // nil for a file
}

// backend is what a dialect does in its own way.
type backend interface {
	// transact runs fn in a transaction and returns what is to be done after the
	// commit. alone tells that no other transaction may be alone meanwhile.
	transact(ctx context.Context, alone bool, fn func(ctx context.Context, tx *ent.Tx) error) ([]func(), error)
	// takeIDs takes n ids of a table that nobody else gets.
	takeIDs(ctx context.Context, table string, n int) ([]int, error)
	// close ends everything; a second one does nothing.
	close() error
}

// Connections for reading and writing when Options name none. On SQLite readers do
// not block each other in WAL mode, so a few keep all cores busy, and there is one
// writer; on PostgreSQL most of a connection's time is waiting.
const (
	DefaultReaders = 4
	defaultConns   = 8
)

// readyPatience is how long Ready waits: less than those who ask usually do.
const readyPatience = 2 * time.Second

// Options say what to open.
type Options struct {
	// DSN is the path of an SQLite file, which is made with mode 0600 if missing, or
	// the URL of a PostgreSQL database, which is not.
	DSN string
	// ReadDSN is the URL of a replica of a PostgreSQL database, or empty; see Replica.
	ReadDSN string
	// Readers is the number of read connections; 0 means DefaultReaders on SQLite and
	// 8 on PostgreSQL.
	Readers int
	// Writers is the number of connections that write to PostgreSQL; 0 means 8.
	Writers int
	// Migrate brings the schema of a PostgreSQL database up to date, which otherwise
	// must be so. An SQLite file always is brought up to date.
	Migrate bool

	times times // of PostgreSQL; zero means usualTimes
}

// Open opens the database.
//
// It returns fault.CodeInvalid for a DSN that it does not serve, and an internal
// error for a database that cannot be opened, is none, or has the schema of another
// version. The caller must Close the store.
func Open(ctx context.Context, o Options) (*Store, error) {
	kind, err := kindOf(o.DSN)
	if err != nil {
		return nil, err
	}
	if kind == dialect.Postgres {
		return openCluster(ctx, o)
	}
	if o.ReadDSN != "" {
		return nil, fault.Newf(fault.CodeInvalid, "a database to read from needs a PostgreSQL database to write to")
	}
	return openFile(ctx, o)
}

// Ready reports whether queries are answered. It is for health checks, takes a
// read connection for one short statement and returns an error if it cannot.
func (s *Store) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	if _, err := s.Read.App.Query().Exist(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// Close waits for the transactions that are running, refuses those that come later,
// and closes all connections. A second Close does nothing.
func (s *Store) Close() error {
	err := s.backend.close()
	if s.replica != nil {
		err = errors.Join(err, s.replica.close())
	}
	return err
}

var errClosed = fault.Newf(fault.CodeInternal, "the database is closed")

// Dialect is dialect.SQLite or dialect.Postgres.
func (s *Store) Dialect() string { return s.dialect }

// Builder makes statements in the dialect of the store, for rows that are written in
// bulk.
func (s *Store) Builder() *entsql.DialectBuilder { return entsql.Dialect(s.dialect) }

// ReadDriver is the driver behind Read, for statements that Ent cannot build as
// cheaply as they run. Its connections cannot write.
func (s *Store) ReadDriver() dialect.Driver { return s.reads }

// Pool is the pool of connections that write to PostgreSQL, for libraries that know
// pgx only; nil on SQLite. Close closes it.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }
