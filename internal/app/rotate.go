package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"rehearse.dev/ent"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/task"
)

// resealBatch is how many rows are sealed again in one transaction: few enough for
// others to write in between.
const resealBatch = 200

// RotateKeyCmd is "rehearse rotate-key". Killed at any moment it leaves a database
// that opens with the keys that are in place; run again, it goes on.
type RotateKeyCmd struct {
	Database
	DropOld bool `help:"Make no new key: remove the keys from the file that nothing is sealed with any more."`
}

// Run seals everything that is sealed with the current key: a new one that it puts
// into the key file, or that of the environment.
func (c *RotateKeyCmd) Run(ctx context.Context, out Streams) (err error) {
	from := c.keySource()
	if err := c.checkKeys(from); err != nil {
		return err
	}
	if c.DropOld && !from.InFile() {
		return refuse("drop-old", fmt.Errorf("the keys are not in a file; take them out of %s", seal.OldVariable))
	}
	if err := c.exists(); err != nil {
		return err
	}
	st, err := c.openStore(ctx, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := task.LabelKeys(ctx, st); err != nil {
		return err
	}
	keys, made, err := c.ring(ctx, st, from)
	if err != nil {
		return err
	}
	switch {
	case made:
		_, _ = fmt.Fprintf(out.Out, "new key %s in %s\n", keys.Current(), from.File)
	default:
		_, _ = fmt.Fprintf(out.Out, "key %s, which was there\n", keys.Current())
	}
	if err := newServices(st, keys).reseal(ctx, out.Out); err != nil {
		return err
	}
	return c.finish(ctx, st, from, keys, out.Out)
}

// ring loads the keys, with a new one in front when the file's current key has
// everything; otherwise an earlier rotation was cut short, and is finished first.
// It holds the write lock of the database meanwhile, so that of two rotations the
// second sees the key of the first.
func (c *RotateKeyCmd) ring(ctx context.Context, st *store.Store, from seal.Source) (keys *seal.Keyring, made bool, err error) {
	err = st.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if keys, err = seal.Load(from); err != nil {
			return err
		}
		if err := checkKeys(ctx, tx.Client(), keys, from); err != nil {
			return err
		}
		older, err := olderKeys(ctx, tx.Client(), keys)
		if err != nil || len(older) > 0 || !from.InFile() || c.DropOld {
			return err
		}
		if err := seal.AddKey(from.File); err != nil {
			return err
		}
		made = true
		keys, err = seal.Load(from)
		return err
	})
	return keys, made, err
}

// olderKeys lists the keys other than the current one that something is sealed with.
func olderKeys(ctx context.Context, c *ent.Client, keys *seal.Keyring) ([]string, error) {
	ids, err := sealedBy(ctx, c)
	var older []string
	for _, id := range ids {
		if id != keys.Current() {
			older = append(older, id)
		}
	}
	return older, err
}

// reseal seals everything with the current key and tells how much that was.
func (s *services) reseal(ctx context.Context, out io.Writer) error {
	older, err := olderKeys(ctx, s.store.Read, s.keys)
	if err != nil {
		return err
	}
	for _, kind := range []struct {
		name  string
		batch func(ctx context.Context, from string, limit int) (int, error)
	}{{"credentials of tasks", s.tasks.Reseal}, {"credentials of spaces", s.spaces.Reseal}} {
		total := 0
		for _, from := range older {
			for {
				n, err := kind.batch(ctx, from, resealBatch)
				if err != nil {
					return fmt.Errorf("%w; %d %s were sealed again before", err, total, kind.name)
				}
				total += n
				if n < resealBatch {
					break
				}
			}
		}
		_, _ = fmt.Fprintf(out, "%s: %d sealed again\n", kind.name, total)
	}
	n, err := s.resealDemo(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "secret of the demo application: %d sealed again\n", n)
	return err
}

// finish looks once more and tells what may become of the older keys.
func (c *RotateKeyCmd) finish(ctx context.Context, st *store.Store, from seal.Source, keys *seal.Keyring, out io.Writer) error {
	older, err := olderKeys(ctx, st.Read, keys)
	if err != nil {
		return err
	}
	if len(older) > 0 {
		return fmt.Errorf("something was sealed with %s meanwhile: stop the servers that run with it, and run rotate-key again", older)
	}
	if !c.DropOld {
		_, err = fmt.Fprintln(out, "nothing needs the older keys but backups and servers that still run; restart those")
		return err
	}
	n, err := seal.DropKeys(from.File, nil)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d older keys removed from %s\n", n, from.File)
	return err
}
