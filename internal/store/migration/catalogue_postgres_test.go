package migration

import "context"

// Our tables in PostgreSQL: those of River and of goose are not Ent's.
const postgresTables = `SELECT oid, relname, relpersistence FROM pg_class
	WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
	AND relname NOT LIKE 'river\_%' AND relname <> '` + versionTable + `'`

// postgresThings are in the form that PostgreSQL itself shows, whatever the words were
// that made them.
var postgresThings = []string{
	`SELECT 'table ' || relname, relpersistence::text FROM (` + postgresTables + `) t`,
	`SELECT 'column ' || relname || '.' || attname, format_type(atttypid, atttypmod)
		|| CASE WHEN attnotnull THEN ' not null' ELSE '' END
		|| coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
		|| CASE attidentity WHEN '' THEN '' ELSE ' identity ' || attidentity::text END
		|| CASE attgenerated WHEN '' THEN '' ELSE ' generated' END
		|| coalesce((SELECT ' collate ' || collname FROM pg_collation c WHERE c.oid = attcollation AND collname <> 'default'), '')
		FROM (` + postgresTables + `) t JOIN pg_attribute a ON a.attrelid = t.oid AND attnum > 0 AND NOT attisdropped
		LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum`,
	`SELECT 'ids ' || relname, 'from ' || seqstart || ' by ' || seqincrement || ' in ' || seqmin || ' to ' || seqmax
		|| CASE WHEN seqcycle THEN ' cycle' ELSE '' END
		FROM (` + postgresTables + `) t
		JOIN pg_depend ON refobjid = t.oid AND deptype = 'i' AND classid = 'pg_class'::regclass
		JOIN pg_sequence ON seqrelid = objid`,
	`SELECT 'index ' || relname || '.' || indexrelid::regclass, pg_get_indexdef(indexrelid)
		FROM (` + postgresTables + `) t JOIN pg_index ON indrelid = t.oid`,
	`SELECT 'constraint ' || relname || '.' || conname, contype::text || ' ' || pg_get_constraintdef(c.oid)
		FROM (` + postgresTables + `) t JOIN pg_constraint c ON conrelid = t.oid`,
	`SELECT 'trigger ' || tgname, pg_get_triggerdef(g.oid)
		FROM (` + postgresTables + `) t JOIN pg_trigger g ON tgrelid = t.oid AND NOT tgisinternal`,
	`SELECT 'view ' || viewname, definition FROM pg_views WHERE schemaname = current_schema()`,
}

// readPostgres reads the catalogue of the schema that is first on the search path.
func readPostgres(ctx context.Context, db querier) (catalogue, error) {
	return readCatalogue(ctx, db, postgresThings...)
}
