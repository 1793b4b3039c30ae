package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/mattn/go-sqlite3"    // the driver "sqlite3"
)

// Beside is a connection to a database that a store has open, to look behind its back
// and to write there.
type Beside struct {
	*sql.DB
	postgres bool
}

// OpenBeside opens a database that Database has named. The test's end closes it.
func OpenBeside(t testing.TB, name string) *Beside {
	t.Helper()
	b := &Beside{postgres: strings.Contains(name, "://")}
	var err error
	if b.postgres {
		b.DB, err = sql.Open("pgx", name)
	} else {
		b.DB, err = sql.Open("sqlite3", "file:"+name+"?_busy_timeout=5000")
	}
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	b.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close the test database: %v", err)
		}
	})
	return b
}

// Do runs a statement with ? for its arguments.
func (b *Beside) Do(t testing.TB, statement string, args ...any) {
	t.Helper()
	if _, err := b.ExecContext(context.WithoutCancel(t.Context()), b.bind(statement), args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// bind numbers the arguments of a statement for PostgreSQL.
func (b *Beside) bind(statement string) string {
	if !b.postgres {
		return statement
	}
	parts := strings.Split(statement, "?")
	var bound strings.Builder
	for i, part := range parts[:len(parts)-1] {
		bound.WriteString(part + "$" + strconv.Itoa(i+1))
	}
	return bound.String() + parts[len(parts)-1]
}

// Tables are our tables; those that a library keeps for itself are left out.
func (b *Beside) Tables(t testing.TB) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
	if b.postgres {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'river%' ORDER BY tablename"
	}
	rows, err := b.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}

// Version is another text after every change of a row by somebody else. It tells
// nothing more.
func (b *Beside) Version(t testing.TB) string {
	t.Helper()
	if !b.postgres {
		return b.text(t, "PRAGMA data_version")
	}
	var all strings.Builder
	for _, table := range b.Tables(t) {
		fmt.Fprintln(&all, table, b.text(t, "SELECT coalesce(md5(string_agg(r::text, '' ORDER BY r::text)), '') FROM "+table+" AS r"))
	}
	return all.String()
}

// Rows counts the rows of a table.
func (b *Beside) Rows(t testing.TB, table string) int {
	t.Helper()
	n, err := strconv.Atoi(b.text(t, "SELECT count(*) FROM "+table))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (b *Beside) text(t testing.TB, query string) (value string) {
	t.Helper()
	if err := b.QueryRowContext(context.WithoutCancel(t.Context()), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}
