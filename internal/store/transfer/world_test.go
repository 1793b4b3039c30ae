package transfer_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/jackc/pgx/v5"
	"github.com/mattn/go-sqlite3"

	"rehearse.dev/ent/migrate"
	"rehearse.dev/internal/store/migration"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/store/transfer"
)

// sourceFile is a file with the schema and no rows.
func sourceFile(t *testing.T) (*sql.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rehearse.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate&_fk=1&_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	if err := migration.SQLite(db).Up(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return db, path
}

// filled is a closed file with rows of every table, and every kind of value in them.
func filled(t *testing.T, rows int) string {
	t.Helper()
	db, path := sourceFile(t)
	tables, _, err := transfer.Order()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, uint64(rows)))
	ids := map[*schema.Table][]int64{}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		for range rows {
			ids[table] = append(ids[table], insert(t, tx, table, ids, random))
		}
	}
	for _, table := range tables { // references that had nothing to refer to yet
		for _, key := range table.ForeignKeys {
			c := key.Columns[0]
			if !c.Nullable {
				continue
			}
			for _, id := range ids[table][rows/2:] {
				to := ids[key.RefTable][random.IntN(rows)]
				if _, err := tx.Exec(fmt.Sprintf("UPDATE %s SET %s = ? WHERE id = ?", table.Name, c.Name), to, id); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := tx.Exec("DELETE FROM "+table.Name+" WHERE id = ?", ids[table][rows-1]); err != nil && !constraint(err) {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tx.Commit(), db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func constraint(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrConstraint
}

// insert makes a row; values that a unique index refuses are drawn again.
func insert(t *testing.T, tx *sql.Tx, table *schema.Table, ids map[*schema.Table][]int64, random *rand.Rand) int64 {
	t.Helper()
	for range 50 {
		var columns, marks []string
		var values []any
		for _, c := range table.Columns[1:] {
			columns, marks = append(columns, `"`+c.Name+`"`), append(marks, "?")
			values = append(values, value(t, table, c, ids, random))
		}
		done, err := tx.Exec("INSERT INTO "+table.Name+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", values...)
		if constraint(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		id, err := done.LastInsertId()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	t.Fatalf("no row of %s was accepted", table.Name)
	return 0
}

// value is one for a column, as the server would write it.
func value(t *testing.T, table *schema.Table, c *schema.Column, ids map[*schema.Table][]int64, random *rand.Rand) any {
	t.Helper()
	for _, key := range table.ForeignKeys {
		if slices.Contains(key.Columns, c) {
			switch there := ids[key.RefTable]; {
			case len(there) == 0:
				return nil
			case c.Unique:
				return there[len(ids[table])]
			default:
				return there[random.IntN(len(there))]
			}
		}
	}
	if c.Nullable && random.IntN(3) == 0 {
		return nil
	}
	switch c.Type {
	case field.TypeBool:
		return random.IntN(2) == 0
	case field.TypeEnum:
		return c.Enums[random.IntN(len(c.Enums))]
	case field.TypeString:
		return []string{"", "plain", "it's \"quoted\"", "mit Ümlaut 模板 🚀", "tab\tand\nline", `\N`}[random.IntN(6)] + fmt.Sprint(random.Uint32())
	case field.TypeBytes:
		content := make([]byte, random.IntN(300))
		for i := range content {
			content[i] = byte(random.Uint32())
		}
		return content
	case field.TypeJSON:
		raw, err := json.Marshal(map[string]any{"z": random.IntN(100), "a": []any{nil, true, "ü\\"}})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	case field.TypeTime:
		return time.UnixMicro(random.Int64N(4_000_000_000_000_000)).UTC()
	case field.TypeInt:
		return random.Int64() - 1<<62
	}
	t.Fatalf("there is no value for column %s of %s", c.Name, table.Name)
	return nil
}

// dumpFile and dumpCluster write all rows down in a form that does not come from the
// package under test.
func dumpFile(t *testing.T, path string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string][]string{}
	for _, table := range migrate.Tables {
		all[table.Name] = column(t, db, "SELECT "+texts(table, map[field.Type]string{
			field.TypeBytes: "CASE WHEN %[1]s IS NOT NULL THEN hex(%[1]s) END", field.TypeJSON: "json_extract(%[1]s, '$.z') || json_extract(%[1]s, '$.a')",
			field.TypeTime: "rtrim(substr(%[1]s, 1, instr(%[1]s, '+') - 1) || CASE instr(%[1]s, '.') WHEN 0 THEN '.' ELSE '' END, '0')",
			field.TypeBool: "CAST(%s AS INTEGER)",
		})+" FROM "+table.Name+" ORDER BY id")
	}
	return all
}

// column is what a query with one column gives.
func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func dumpCluster(t *testing.T, url string) map[string][]string {
	t.Helper()
	conn := connect(t, url)
	all := map[string][]string{}
	for _, table := range migrate.Tables {
		rows, err := conn.Query(t.Context(), "SELECT "+texts(table, map[field.Type]string{
			field.TypeBytes: "upper(encode(%s, 'hex'))", field.TypeJSON: "(%[1]s->>'z') || replace(%[1]s->>'a', ', ', ',')",
			field.TypeTime: "rtrim(to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '0')", field.TypeBool: "%s::int",
		})+" FROM "+table.Name+" ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		if all[table.Name], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// texts is an expression that is the text of a row.
func texts(table *schema.Table, forms map[field.Type]string) string {
	var parts []string
	for _, c := range table.Columns {
		form := forms[c.Type]
		if form == "" {
			form = "%s"
		}
		parts = append(parts, fmt.Sprintf("COALESCE(CAST("+form+" AS text), '-')", `"`+c.Name+`"`))
	}
	return strings.Join(parts, " || '|' || ")
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

// nothing fails if a database holds rows.
func nothing(t *testing.T, url string) {
	t.Helper()
	for name, rows := range dumpCluster(t, url) {
		if len(rows) > 0 {
			t.Errorf("%d rows of %s are there", len(rows), name)
		}
	}
}

// target is a PostgreSQL database with the schema and no rows.
func target(t *testing.T) string {
	t.Helper()
	return storetest.Postgres(t)
}
