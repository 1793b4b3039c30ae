package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrExists says that a file is there which must not be replaced.
var ErrExists = errors.New("the file is there already")

// Place is where a database is going to be. What is there now stays until Put.
type Place struct {
	path, folder string
	file         string // the new one, beside
	old          *Held  // nil when there is nothing to replace, or no database
	replaces     bool
}

// Take prepares to put a database at path. It returns ErrExists when a file is there
// and replace is not set, and ErrInUse when a server has it open; until Close none can
// open it. The caller must Close the place.
func Take(ctx context.Context, path string, replace bool) (*Place, error) {
	if followed, err := filepath.EvalSymlinks(path); err == nil {
		path = followed // a link stays one
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	p := &Place{path: path, folder: filepath.Dir(path)}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case !replace:
		return nil, fmt.Errorf("%s: %w", path, ErrExists)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	default:
		p.replaces = true
		if p.old, err = takeOver(ctx, path); err != nil {
			return nil, err
		}
	}
	f, err := os.CreateTemp(p.folder, "."+filepath.Base(path)+".*.partial") // mode 0600
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	p.file = f.Name()
	if err := f.Close(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// takeOver locks what is going to be replaced, with its log moved into the file: a log
// that stayed would be taken for that of the new file. What is no database that can be
// opened is not in use either.
func takeOver(ctx context.Context, path string) (*Held, error) {
	old, err := hold(ctx, path, "PRAGMA journal_mode=DELETE", "BEGIN EXCLUSIVE")
	if err == nil || errors.Is(err, ErrInUse) || ctx.Err() != nil {
		return old, err
	}
	return nil, nil
}

// File is the file that is going to be put in place. It is empty at first.
func (p *Place) File() string { return p.file }

// Fill makes the new file a copy of a database, as it is at one moment.
func (p *Place) Fill(ctx context.Context, from string) error {
	if _, err := os.Stat(from); err != nil {
		return err
	}
	db, err := open(from, reading())
	if err != nil {
		return err
	}
	if _, err = db.ExecContext(ctx, "VACUUM INTO ?", p.file); err != nil {
		err = fmt.Errorf("copy %s: %w", from, unreadable(err))
	}
	return errors.Join(err, db.Close())
}

// Put puts the new file in place, which nobody may have open any more. When it
// returns nil, that is on the disk; after a crash either all of the old file is there,
// if it was whole, or all of the new one.
func (p *Place) Put() error {
	if _, err := os.Lstat(p.file + "-wal"); err == nil {
		return fmt.Errorf("%s is still open", p.file)
	}
	if err := syncFile(p.file); err != nil {
		return fmt.Errorf("write %s: %w", p.path, err)
	}
	// What a locked database has put there is empty by now; the rest was left behind by
	// one that has gone, or that nobody can read.
	if err := remove(p.path, suffixes); err != nil {
		return err
	}
	if err := p.move(); err != nil {
		return err
	}
	p.file = ""
	return syncFolder(p.folder)
}

// move gives the new file its name.
func (p *Place) move() error {
	if p.replaces {
		replaced, err := os.OpenFile(p.path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := os.Rename(p.file, p.path); err != nil {
			return errors.Join(err, replaced.Close())
		}
		return errors.Join(spoil(replaced), replaced.Close())
	}
	switch err := os.Link(p.file, p.path); { // unlike a rename it replaces nothing
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: %w", p.path, ErrExists)
	case err != nil: // not every file system has links
		return os.Rename(p.file, p.path)
	}
	return os.Remove(p.file)
}

// Close gives up what has not been put in place, and lets servers open what is there.
func (p *Place) Close() error {
	var err error
	if p.file != "" {
		err = errors.Join(os.Remove(p.file), remove(p.file, suffixes))
		p.file = ""
	}
	if p.old != nil {
		err = errors.Join(err, p.old.Close())
		p.old = nil
	}
	return err
}

// remove removes what may be beside a file.
func remove(path string, suffixes []string) error {
	for _, suffix := range suffixes {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
