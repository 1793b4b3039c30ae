package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3" // the driver of openSQLite
)

// openSQLite opens a database in memory. One connection, because another one would
// see another database.
func openSQLite(context.Context, string) (*entsql.Driver, func() error, error) {
	db, err := sql.Open("sqlite3", ":memory:?_fk=1")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	return entsql.OpenDB(dialect.SQLite, db), db.Close, nil
}

// openPostgres makes a database on the server; closing drops it.
func openPostgres(ctx context.Context, server string) (*entsql.Driver, func() error, error) {
	config, err := pgx.ParseConfig(server)
	if err != nil {
		return nil, nil, errors.New("TEST_DATABASE_URL is no PostgreSQL URL")
	}
	admin := stdlib.OpenDB(*config)
	name := "rehearse_diff_" + rand.Text()
	quoted := pgx.Identifier{name}.Sanitize()
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+quoted); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("make a database: %w", err), admin.Close())
	}
	of := config.Copy()
	of.Database = name
	db := stdlib.OpenDB(*of)
	return entsql.OpenDB(dialect.Postgres, db), func() error {
		err := db.Close()
		_, dropped := admin.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+quoted+" WITH (FORCE)")
		return errors.Join(err, dropped, admin.Close())
	}, nil
}
