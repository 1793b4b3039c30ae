package store

import (
	"context"
	"database/sql"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
)

// replica is a database that follows the one that is written to, some time behind.
type replica struct {
	pool   *pgxpool.Pool
	db     *sql.DB // database/sql over it
	client *ent.Client
	reads  dialect.Driver
}

// openReplica refuses a URL that is none and does not connect: a replica that is down
// keeps no server from its start, as it ends none that runs.
func openReplica(ctx context.Context, o Options, told *watchers) (*replica, error) {
	if kind, err := kindOf(o.ReadDSN); err != nil || kind != dialect.Postgres {
		return nil, fault.Newf(fault.CodeInvalid, "the database to read from must be the URL of a PostgreSQL database")
	}
	pool, err := newConns(ctx, o.ReadDSN, told, nil, o.Readers, true, o.times)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	reads := &bounded{entsql.OpenDB(dialect.Postgres, db), o.times.patience, pool}
	return &replica{pool: pool, db: db, client: ent.NewClient(ent.Driver(reads)), reads: reads}, nil
}

func (r *replica) close() error {
	err := r.db.Close()
	r.pool.Close()
	return err
}

// Replica is Read and ReadDriver for reads that may be behind what was written last:
// those of the replica database, or of the primary when there is none.
func (s *Store) Replica() (*ent.Client, dialect.Driver) {
	if s.replica == nil {
		return s.Read, s.reads
	}
	return s.replica.client, s.replica.reads
}
