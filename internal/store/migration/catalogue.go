package migration

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// catalogue is what a database says of its own tables: for each thing a name, such as
// "table tasks" and "column tasks.name", and how it is made. The table of versions is
// left out, and so is the order of columns, because statements name them.
type catalogue map[string]string

// difference is one thing that is not the same in two catalogues.
type difference struct {
	text string
	left string // the index that is too much, if it is no more than that
}

// compare returns how have differs from c, ordered by names. Of a table that only one
// of them has, it tells no more than that.
func (c catalogue) compare(have catalogue) []difference {
	var all []difference
	for name, made := range c {
		switch other, ok := have[name]; {
		case !ok && have.lacksTable(name):
		case !ok:
			all = append(all, difference{text: name + " is missing"})
		case made != other:
			all = append(all, difference{text: fmt.Sprintf("%s is %q and not %q", name, other, made)})
		}
	}
	for name, made := range have {
		if _, ok := c[name]; ok || c.lacksTable(name) {
			continue
		}
		d := difference{text: name + " is too much"}
		if index, ok := strings.CutPrefix(name, "index "); ok && !strings.HasPrefix(made, "unique ") {
			_, d.left, _ = strings.Cut(index, ".")
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b difference) int { return strings.Compare(a.text, b.text) })
	return all
}

// lacksTable tells whether the table that a thing belongs to is not there.
func (c catalogue) lacksTable(name string) bool {
	kind, rest, _ := strings.Cut(name, " ")
	if kind == "table" || kind == "view" || kind == "trigger" {
		return false
	}
	table, _, _ := strings.Cut(rest, ".")
	_, ok := c["table "+table]
	return !ok
}

// sqliteTables are all that exist, those of SQLite, of goose and of tools aside.
const sqliteTables = `SELECT name, sql FROM sqlite_master WHERE type = 'table'
	AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_%' ESCAPE '\' AND name <> '` + versionTable + `'`

// sqliteThings are queries whose rows are a name and how the thing is made.
var sqliteThings = []string{
	`SELECT 'table ' || name, CASE WHEN sql LIKE '%AUTOINCREMENT%' THEN 'autoincrement' ELSE '' END FROM (` + sqliteTables + `)`,
	// An ALTER TABLE writes a default without the brackets that a CREATE TABLE has.
	`SELECT 'column ' || t.name || '.' || c.name, lower(c.type) || CASE c."notnull" WHEN 1 THEN ' not null' ELSE '' END
		|| CASE WHEN c.dflt_value IS NULL THEN '' ELSE ' default ' || trim(c.dflt_value, '()') END
		|| CASE c.pk WHEN 0 THEN '' ELSE ' key ' || c.pk END || CASE c.hidden WHEN 0 THEN '' ELSE ' hidden' END
		FROM (` + sqliteTables + `) t, pragma_table_xinfo(t.name) c`,
	`SELECT 'index ' || t.name || '.' || i.name, CASE i."unique" WHEN 1 THEN 'unique ' ELSE '' END
		|| (SELECT group_concat(p.name || CASE p.desc WHEN 1 THEN ' desc' ELSE '' END || ' ' || p.coll)
			FROM (SELECT * FROM pragma_index_xinfo(i.name) WHERE "key" ORDER BY seqno) p)
		|| coalesce(CASE i.partial WHEN 1 THEN (SELECT substr(sql, instr(sql, ' WHERE ')) FROM sqlite_master WHERE type = 'index' AND name = i.name) END, '')
		FROM (` + sqliteTables + `) t, pragma_index_list(t.name) i`,
	// A key of several columns has several rows; none of ours has. The order in which
	// SQLite numbers keys is that of their making.
	`SELECT 'reference ' || t.name || '.' || f."from", f."table" || '.' || coalesce(f."to", '') || ' update ' || f.on_update || ' delete ' || f.on_delete
		FROM (` + sqliteTables + `) t, pragma_foreign_key_list(t.name) f`,
	`SELECT type || ' ' || name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')`,
}

// sqliteIDs is for files that have the table sqlite_sequence, which comes with the first
// one that counts its ids. A row comes with the first id; until then ids start at 1.
// Each table has 2^32.
const sqliteIDs = `SELECT 'ids ' || t.name, 'from ' || (coalesce((SELECT seq FROM sqlite_sequence WHERE name = t.name), 0) >> 32 << 32)
	FROM (` + sqliteTables + `) t`

var space = regexp.MustCompile(`\s+`)

// readSQLite reads the catalogue of a file.
func readSQLite(ctx context.Context, db querier) (catalogue, error) {
	counts, err := texts(ctx, db, "SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'")
	if err != nil {
		return nil, err
	}
	if len(counts) == 0 {
		return readCatalogue(ctx, db, sqliteThings...)
	}
	return readCatalogue(ctx, db, append(sqliteThings, sqliteIDs)...)
}

func readCatalogue(ctx context.Context, db querier, queries ...string) (catalogue, error) {
	all := catalogue{}
	for _, query := range queries {
		if err := all.add(ctx, db, query); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c catalogue) add(ctx context.Context, db querier, query string) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name, made string
		if err := rows.Scan(&name, &made); err != nil {
			return err
		}
		c[name] = strings.TrimSpace(space.ReplaceAllString(made, " "))
	}
	return rows.Err()
}

// quote makes an identifier of SQLite.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
