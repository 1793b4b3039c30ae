package store

import (
	"context"
	"database/sql"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"rehearse.dev/ent"
)

// replica is a database that follows the one that is written to, some time behind.
type replica struct {
	pool   *pgxpool.Pool
	db     *sql.DB // database/sql over it
	client *ent.Client
	reads  dialect.Driver
}

func openReplica(ctx context.Context, o Options, told *watchers) (*replica, error) {
	pool, err := openConns(ctx, o.ReadDSN, told, o.Readers, true, o.times)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	reads := &bounded{entsql.OpenDB(dialect.Postgres, db), o.times.patience}
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
