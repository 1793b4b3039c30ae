package migration

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
)

// Kind is how a database differs from what this program needs.
type Kind string

// The kinds.
const (
	Empty   Kind = "empty"   // none of our tables are there
	Older   Kind = "older"   // migrations are missing
	Newer   Kind = "newer"   // a later program was here
	Foreign Kind = "foreign" // what is there was not made by migrations of ours
	Changed Kind = "changed" // a file from before there were versions, whose tables differ from the first
	Broken  Kind = "broken"  // what a migration made has been taken away
)

// MismatchError says that a database does not have the schema of this program. Its text
// says what to do about it and names neither the database nor who opened it.
type MismatchError struct {
	Kind Kind
	// Have is the version of the schema that is there, 0 if it has none; Want is that of
	// this program.
	Have, Want int64
	// Detail is what was found, empty if the versions say it all.
	Detail string
}

// lastByItself is a commit whose server still changed tables by itself when it started,
// to what the first migration makes.
const lastByItself = "c70624856222"

// Error implements error.
func (e *MismatchError) Error() string {
	have := fmt.Sprintf("the schema of the database has version %d and this server needs %d", e.Have, e.Want)
	if e.Detail != "" {
		have = e.Detail
	}
	switch e.Kind {
	case Empty:
		return "the database is empty: run `rehearse migrate --db …` first"
	case Older:
		return have + ": run `rehearse migrate --db …`"
	case Newer:
		return have + ": this server is older than its database: upgrade it, or restore a backup"
	case Broken:
		return have
	case Changed:
		return "the database was made before its schema had versions, and its tables are not those of version 1: start the server of commit " +
			lastByItself + " on it once, then this one; what differs: " + have
	}
	return have + ": give the server a database of its own"
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// judge compares the tables of this program, those of River aside.
func (m *Migrator) judge(ctx context.Context, db querier) error {
	found, err := m.look(ctx, db)
	if err != nil {
		return fmt.Errorf("look at the schema: %w", err)
	}
	want := m.source.latest()
	miss := &MismatchError{Want: want}
	if n := len(found.applied); n > 0 {
		miss.Have = found.applied[n-1]
	}
	switch {
	case !found.versioned && len(found.ours) > 0 && m.dialect == dialect.SQLite:
		miss.Kind, miss.Detail = Older, "the database was made before its schema had versions"
	case !found.versioned && len(found.ours) > 0:
		miss.Kind = Foreign
		miss.Detail = fmt.Sprintf("the database has a table %s that no migration made", found.ours[0])
	case !found.versioned && len(found.others) > 0 && m.dialect == dialect.SQLite:
		miss.Kind = Foreign
		miss.Detail = fmt.Sprintf("the file belongs to another program: it has a table %s", found.others[0])
	case found.stranger:
		miss.Kind = Foreign
		miss.Detail = fmt.Sprintf("the table %s of the database is not ours", versionTable)
	case len(found.applied) == 0:
		miss.Kind = Empty
	case found.gap() != 0:
		miss.Kind = Foreign
		miss.Detail = fmt.Sprintf("version %d is noted in %s and version %d is not", miss.Have, versionTable, found.gap())
	case miss.Have < want:
		miss.Kind = Older
	case miss.Have > want:
		miss.Kind = Newer
	default:
		return nil
	}
	return miss
}

// found is what a look at a database shows.
type found struct {
	versioned bool     // there is a table of versions
	stranger  bool     // and it is not one of goose
	applied   []int64  // the versions in it, from 1, ascending
	ours      []string // the tables that the first migration would make
	others    []string // those of other names
}

// gap is the first version that is missing below the highest, or 0.
func (f found) gap() int64 {
	for i, version := range f.applied {
		if version != int64(i)+1 {
			return int64(i) + 1
		}
	}
	return 0
}

var (
	listTables = map[string]string{
		dialect.SQLite:   `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`,
		dialect.Postgres: `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`,
	}
	listVersionColumns = map[string]string{
		dialect.SQLite: `SELECT name FROM pragma_table_info('` + versionTable + `')`,
		dialect.Postgres: `SELECT column_name FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = '` + versionTable + `'`,
	}
)

func (m *Migrator) look(ctx context.Context, db querier) (found, error) {
	var f found
	names, err := texts(ctx, db, listTables[m.dialect])
	if err != nil {
		return f, err
	}
	known, err := m.source.tables()
	if err != nil {
		return f, err
	}
	for _, name := range names {
		switch {
		case name == versionTable:
			f.versioned = true
		case known[name]:
			f.ours = append(f.ours, name)
		case !strings.HasPrefix(name, "_"): // tools such as Litestream keep their notes so
			f.others = append(f.others, name)
		}
	}
	if !f.versioned {
		return f, nil
	}
	columns, err := texts(ctx, db, listVersionColumns[m.dialect])
	if err != nil {
		return f, err
	}
	if !slices.Contains(columns, "version_id") || !slices.Contains(columns, "is_applied") {
		f.stranger = true
		return f, nil
	}
	f.applied, err = numbers(ctx, db, "SELECT version_id FROM "+versionTable+" WHERE version_id > 0 ORDER BY version_id")
	return f, err
}

func texts(ctx context.Context, db querier, query string, args ...any) ([]string, error) {
	return column[string](ctx, db, query, args...)
}

func numbers(ctx context.Context, db querier, query string, args ...any) ([]int64, error) {
	return column[int64](ctx, db, query, args...)
}

// column reads a query that has one.
func column[T any](ctx context.Context, db querier, query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
