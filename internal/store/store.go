// Package store opens the database and knows everything about its dialect: how
// a file is opened, who may write, how transactions queue, what an error of the
// driver means, and how statements are counted.
//
// It must not know what the rows mean; services own that. One SQLite file is
// served by two Ent clients. The split is by client and never by statement,
// because Ent's inserts use RETURNING and so look like queries.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/ent"
	"rehearse.dev/ent/migrate"
	_ "rehearse.dev/ent/runtime" // defaults and validators of the schema
	"rehearse.dev/internal/fault"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	// Read runs queries on a pool of connections that cannot write.
	Read *ent.Client
	// Write runs single statements on the one connection that can write. Use it
	// outside transactions only; inside one, it is refused instead of waiting
	// for itself for ever. Prefer InTx, whose queue is fair.
	Write *ent.Client

	readDB, writeDB *sql.DB
	reader          *reader
	watchers        *watchers

	turn  turn
	group *group // the one that is open; belongs to whoever has the turn

	// The write-ahead log and the sizes in bytes at which it is trimmed: at first, and
	// the next time. trimAt belongs to whoever has the turn.
	logPath          string
	logLimit, trimAt int64
}

// DefaultReaders is the number of read connections when Options names none.
// Readers do not block each other in WAL mode, so a few keep all cores busy.
const DefaultReaders = 4

// Options say what to open.
type Options struct {
	// DSN is the path of the SQLite file. It is made, with mode 0600, if missing.
	DSN string
	// Readers is the number of read connections; 0 means DefaultReaders.
	Readers int
}

// Open opens the database and brings its schema up to date.
//
// It returns fault.CodeInvalid for a DSN that it does not serve, and an internal
// error for a file that cannot be opened or is no database. The caller must
// Close the store.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := checkDSN(o.DSN); err != nil {
		return nil, err
	}
	if o.Readers <= 0 {
		o.Readers = DefaultReaders
	}
	if err := createPrivate(o.DSN); err != nil {
		return nil, err
	}
	file, err := filepath.EvalSymlinks(o.DSN) // SQLite puts its log beside the file itself
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	told := &watchers{}
	s := &Store{
		watchers: told, writeDB: openPool(writerDSN(o.DSN), 1, told),
		logPath: file + "-wal", logLimit: longLog, trimAt: longLog,
	}
	plain := entsql.OpenDB(dialect.SQLite, s.writeDB)
	if err := migrateSchema(ctx, plain); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), s.writeDB.Close())
	}
	// The readers come second: they cannot make the schema that they need.
	s.readDB = openPool(readerDSN(o.DSN), o.Readers, told)
	s.reader = newReader(s.readDB, o.Readers)
	s.Read = ent.NewClient(ent.Driver(s.reader))
	s.Write = ent.NewClient(ent.Driver(&writer{Driver: plain}))
	return s, nil
}

// migrateSchema works on a copy of the tables, because Ent notes things in them
// and several stores may be opened at once.
func migrateSchema(ctx context.Context, drv dialect.Driver) error {
	tables, err := schema.CopyTables(migrate.Tables)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if err := migrate.Create(ctx, migrate.NewSchema(drv), tables); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return nil
}

// Ready reports whether queries are answered. It is for health checks, takes a
// read connection for one short statement and returns an error if it cannot.
func (s *Store) Ready(ctx context.Context) error {
	if _, err := s.Read.App.Query().Exist(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// Close waits for the transaction that is running, refuses those that wait and
// come later, and closes all connections. The last one moves the write-ahead log into the file.
// A second Close does nothing.
func (s *Store) Close() error {
	if _, err := s.turn.take(context.Background()); err != nil {
		return nil // closed before
	}
	s.turn.close()
	var err error
	if g := s.group; g != nil { // it came with the turn
		err = s.commit(g)
	}
	return errors.Join(err, s.readDB.Close(), s.writeDB.Close())
}

var errClosed = fault.Newf(fault.CodeInternal, "the database is closed")

// Dialect is dialect.SQLite or dialect.Postgres.
func (s *Store) Dialect() string { return dialect.SQLite }

// Builder makes statements in the dialect of the store, for rows that are written in
// bulk.
func (s *Store) Builder() *entsql.DialectBuilder { return entsql.Dialect(s.Dialect()) }

// Pool is the pool of connections of a PostgreSQL store, nil on SQLite.
func (s *Store) Pool() *pgxpool.Pool { return nil }
