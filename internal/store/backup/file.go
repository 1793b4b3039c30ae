package backup

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/mattn/go-sqlite3"
)

// suffixes end the names of what SQLite keeps beside a database.
var suffixes = []string{"-wal", "-shm", "-journal"}

// open opens a file on one connection, which the first statement makes.
func open(path string, settings url.Values) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file := url.URL{Path: path} // a plain name would end at its first "?"
	db, err := sql.Open("sqlite3", "file:"+file.EscapedPath()+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// Open opens a file for reading. It may be in use. The caller must close it.
func Open(path string) (*sql.DB, error) {
	settings := reading()
	settings.Set("_query_only", "1")
	return open(path, settings)
}

// reading are the settings of a connection that only reads. The file is opened for
// writing, if that is allowed, because the last connection clears the log away: one
// that could not would leave it, empty, beside a file that nobody uses.
func reading() url.Values { return url.Values{"mode": {"rw"}, "_busy_timeout": {"10000"}} }

// failed tells whether err is one of these errors of SQLite.
func failed(err error, codes ...sqlite3.ErrNo) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}

// syncFile sees the content of a file on the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder sees the names in a folder on the disk.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // cannot sync folders
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
