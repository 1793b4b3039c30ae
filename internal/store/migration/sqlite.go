package migration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// upSQLite needs no lock: a step that another process makes at the same time fails as
// a whole here, since its number can be noted only once, and then is done.
func (m *Migrator) upSQLite(ctx context.Context, applied func(Step)) error {
	if n := m.db.Stats().MaxOpenConnections; n != 1 {
		return fmt.Errorf("migrating a file takes a pool of one connection, not of %d", n)
	}
	for {
		err := m.judge(ctx, m.db)
		var miss *MismatchError
		if !errors.As(err, &miss) {
			return err // nil: it is up to date
		}
		if miss.Kind != Empty && miss.Kind != Older {
			return err
		}
		before, err := m.look(ctx, m.db)
		if err != nil {
			return err
		}
		if err := m.attempt(ctx, applied); err != nil {
			after, lookErr := m.look(ctx, m.db)
			if lookErr != nil || after.progress() == before.progress() {
				return err
			}
		}
	}
}

// progress grows with every step: from 0 without a table of versions to the number of
// those in it.
func (f found) progress() int64 {
	if !f.versioned {
		return 0
	}
	return 1 + int64(len(f.applied))
}

// attempt goes as far as nobody else is faster.
//
// References are off meanwhile, because SQLite cannot change most things of a table but
// by making it anew, and dropping the old one would act on the rows that refer to it.
// That is a setting of the connection and not possible within a transaction. Each step
// checks them all at its end.
func (m *Migrator) attempt(ctx context.Context, applied func(Step)) (err error) {
	if err := m.prepareSQLite(ctx, applied); err != nil {
		return err
	}
	var on int
	if err := m.db.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&on); err != nil {
		return err
	}
	if _, err := m.db.ExecContext(ctx, "PRAGMA foreign_keys=0"); err != nil {
		return err
	}
	defer func() {
		_, back := m.db.ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys="+strconv.Itoa(on))
		err = errors.Join(err, back)
	}()
	return m.apply(ctx, m.db, m.source.latest(), applied)
}

// prepareSQLite makes the table of versions, and adopts the tables that are there.
func (m *Migrator) prepareSQLite(ctx context.Context, applied func(Step)) error {
	var adopted *Step
	err := inTx(ctx, m.db, func(tx *sql.Tx) error {
		now, err := m.look(ctx, tx) // under the lock of the file
		if err != nil || now.versioned {
			return err
		}
		if len(now.ours) == 0 {
			return m.makeVersions(ctx, tx)
		}
		first := m.source.files[0]
		if err := m.adopt(ctx, tx); err != nil {
			return err
		}
		adopted = &Step{Version: first.version, Name: first.name, Adopted: true}
		return m.makeVersions(ctx, tx, first.version)
	})
	if err == nil && adopted != nil {
		applied(*adopted)
	}
	return err
}

// inTx commits what do did, unless it fails.
func inTx(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
