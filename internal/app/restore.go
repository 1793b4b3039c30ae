package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/backup"
	"rehearse.dev/internal/store/transfer"
)

// RestoreCmd is "rehearse restore": it puts a backup in the place of the database, or
// follows pg_restore, which has.
type RestoreCmd struct {
	Database
	From  string `placeholder:"FILE" help:"The backup of an SQLite file. A PostgreSQL database is restored by pg_restore first, and then this runs without a file."`
	Force bool   `help:"Replace the SQLite file if it is there."`
	AsIs  bool   `help:"Let tasks go on and send the calls that wait. Only for a backup that nothing ran after; otherwise what ran since would be called twice."`
}

// Run makes a restored database safe to serve: see services.keep.
func (c *RestoreCmd) Run(ctx context.Context, out Streams) error {
	switch {
	case !c.inFile() && c.From != "":
		return refuse("from", errors.New("a PostgreSQL database is restored with pg_restore; then run this without a file"))
	case !c.inFile():
		return c.follow(ctx, out.Out)
	case c.From == "":
		return refuse("from", errors.New("the backup is missing"))
	case c.keyFile() == c.DB:
		return refuse("db", errors.New("a name that ends in .key is for the file of the key"))
	}
	return c.replace(ctx, out)
}

// replace checks the backup, prepares a copy of it beside the database, and swaps the
// two.
func (c *RestoreCmd) replace(ctx context.Context, out Streams) (err error) {
	facts, err := backup.Check(ctx, c.From)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no file %s", c.From)
	}
	if err != nil {
		return about("from", err)
	}
	place, err := backup.Take(ctx, c.DB, c.Force)
	if err != nil {
		return explainBackup("db", err)
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	if err := place.Fill(ctx, c.From); err != nil {
		return err
	}
	kept, err := c.prepare(ctx, place.File())
	if err != nil {
		return fmt.Errorf("prepare the copy: %w", err)
	}
	if err := place.Put(); err != nil {
		return err
	}
	if err := tell(out.Out, c.From, facts); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out.Out, "%s is the same now, but for this:\n", c.DB); err != nil {
		return err
	}
	if err := kept.tell(out.Out); err != nil {
		return err
	}
	return c.tellKeys(ctx, out.Out)
}

// prepare holds what would go on by itself in a database, unless it is to be as it is. A
// file is brought up to date.
func (c *RestoreCmd) prepare(ctx context.Context, db string) (kept kept, err error) {
	copied := Database{DB: db}
	st, err := copied.openStore(ctx, store.Options{})
	if err != nil {
		return kept, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return newServices(st, nil).keep(ctx, c.AsIs) // it opens and seals nothing, so it needs no keys
}

// tellKeys says whether the keys that are in place open what was restored.
func (c *RestoreCmd) tellKeys(ctx context.Context, out io.Writer) error {
	ids, err := sealedIn(ctx, c.From)
	if err != nil || len(ids) == 0 {
		return err
	}
	var missing []string
	keys, err := c.presentKeys()
	for _, id := range ids {
		if keys == nil || !keys.Knows(id) {
			missing = append(missing, id)
		}
	}
	switch {
	case err != nil:
		_, err = fmt.Fprintf(out, "- the keys cannot be read: %v\n", err)
	case len(missing) > 0:
		_, err = fmt.Fprintf(out, "- put %s in place before you start a server, in %s or %s: credentials are sealed with it\n",
			named("key", missing), c.keyFile(), seal.Variable)
	default:
		_, err = fmt.Fprintln(out, "- the keys that are in place open its credentials")
	}
	return err
}

// follow holds a PostgreSQL database that pg_restore has filled.
func (c *RestoreCmd) follow(ctx context.Context, out io.Writer) error {
	switch n, err := transfer.Servers(ctx, c.DB); {
	case errors.Is(err, transfer.ErrURL):
		return refuse("db", err)
	case err != nil:
		return about("db", err)
	case n > 0:
		return about("db", fmt.Errorf("it is in use: stop the servers that have %s to it", some(n, "connection")))
	}
	kept, err := c.prepare(ctx, c.DB)
	if err != nil {
		return err
	}
	return kept.tell(out)
}

// presentKeys are the keys that are there; nil when there are none. It makes none.
func (d Database) presentKeys() (*seal.Keyring, error) {
	from := d.keySource()
	if _, err := os.Stat(from.File); from.InFile() && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return seal.Load(from)
}
