package migration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver of the database that adopt compares with
)

// adopt takes over a file whose tables Ent made when the program started, as it did
// before there were versions. They must be those of the first migration. What an index
// of an earlier release is left over is dropped: Ent never did.
//
// It returns a *MismatchError that names what differs.
func (m *Migrator) adopt(ctx context.Context, tx *sql.Tx) error {
	want, err := m.firstCatalogue(ctx)
	if err != nil {
		return fmt.Errorf("read the first migration: %w", err)
	}
	have, err := readSQLite(ctx, tx)
	if err != nil {
		return fmt.Errorf("read the tables: %w", err)
	}
	var differs []string
	for _, d := range want.compare(have) {
		if d.left != "" {
			if _, err := tx.ExecContext(ctx, "DROP INDEX "+quote(d.left)); err != nil {
				return fmt.Errorf("drop a left-over index: %w", err)
			}
			continue
		}
		differs = append(differs, d.text)
	}
	if len(differs) == 0 {
		return nil
	}
	const shown = 5
	if more := len(differs) - shown; more > 0 {
		differs = append(differs[:shown], fmt.Sprintf("%d more", more))
	}
	return &MismatchError{Kind: Changed, Want: m.source.latest(), Detail: strings.Join(differs, "; ")}
}

// firstCatalogue is what the first migration makes.
func (m *Migrator) firstCatalogue(ctx context.Context) (_ catalogue, err error) {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	memory := &Migrator{dialect: m.dialect, source: m.source, db: db}
	if err := inTx(ctx, db, func(tx *sql.Tx) error { return memory.makeVersions(ctx, tx) }); err != nil {
		return nil, err
	}
	if err := memory.apply(ctx, db, m.source.files[0].version, func(Step) {}); err != nil {
		return nil, err
	}
	return readSQLite(ctx, db)
}
