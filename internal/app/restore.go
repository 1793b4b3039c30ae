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
)

// RestoreCmd is "rehearse restore": it puts a backup in the place of the database.
type RestoreCmd struct {
	Database
	From  string `required:"" placeholder:"FILE" help:"The backup."`
	Force bool   `help:"Replace the database if it is there."`
	AsIs  bool   `help:"Let tasks go on and send the calls that wait. Only for a backup that nothing ran after; otherwise what ran since would be called twice."`
}

// Run checks the backup, prepares a copy of it beside the database, and swaps the two.
func (c *RestoreCmd) Run(ctx context.Context, out Streams) (err error) {
	if err := c.mustBeFile("PostgreSQL is restored with pg_restore: see docs/operations.md"); err != nil {
		return err
	}
	if c.keyFile() == c.DB {
		return refuse("db", errors.New("a name that ends in .key is for the file of the key"))
	}
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

// prepare brings the copy up to date and, unless it is to be as it is, holds what
// would go on by itself.
func (c *RestoreCmd) prepare(ctx context.Context, path string) (kept kept, err error) {
	copied := Database{DB: path}
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

// presentKeys are the keys that are there; nil when there are none. It makes none.
func (d Database) presentKeys() (*seal.Keyring, error) {
	from := d.keySource()
	if _, err := os.Stat(from.File); from.InFile() && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return seal.Load(from)
}
