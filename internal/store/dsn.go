package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"

	"rehearse.dev/internal/fault"
)

// Settings of design §6. WAL lets readers work beside the writer. FULL syncs the
// log at every commit, so an acknowledged task survives a power cut. IMMEDIATE
// takes the write lock at BEGIN, where waiting is possible, and not in the
// middle of a transaction, where it is not.
var (
	writerSettings = url.Values{
		"_busy_timeout": {writerPatience},
		"_fk":           {"1"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_txlock":       {"immediate"},
	}
	readerSettings = url.Values{
		"_busy_timeout": {"5000"},
		"_fk":           {"1"},
		"_query_only":   {"1"},
	}
)

// writerPatience is how long, in milliseconds, the writer waits for one of another
// process.
const writerPatience = "10000"

// cachedStatements bounds the prepared statements that one connection keeps.
// The product has a few dozen texts, IN lists of differing length included.
const cachedStatements = 128

func writerDSN(path string) string { return dsn(path, writerSettings) }
func readerDSN(path string) string { return dsn(path, readerSettings) }

// dsn names a file by URI, because a plain name would end at its first "?".
func dsn(path string, settings url.Values) string {
	file := url.URL{Path: path}
	return "file:" + file.EscapedPath() + "?" + settings.Encode() +
		"&_mutex=no&_stmt_cache_size=" + strconv.Itoa(cachedStatements)
}

// openPool never connects; the first statement does. A connection is kept for
// ever, and with it its prepared statements and page cache.
func openPool(dsn string, size int, w *watchers) *sql.DB {
	db := sql.OpenDB(connector{dsn: dsn, watchers: w})
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db
}

// CheckDSN returns fault.CodeInvalid for a DSN that Open does not serve, without looking
// at the database.
func CheckDSN(dsn string) error {
	_, err := kindOf(dsn)
	return err
}

// keyword begins libpq's other form of a DSN.
var keyword = regexp.MustCompile(`^(host|hostaddr|port|dbname|user|password|service|sslmode)\s*=`)

// kindOf tells the dialect of a DSN. Errors do not repeat it: it may hold a password.
func kindOf(dsn string) (string, error) {
	scheme, _, isURL := strings.Cut(dsn, "://")
	switch {
	case dsn == "":
		return "", fault.Newf(fault.CodeInvalid, "the database needs the path of a file or the URL of a PostgreSQL database")
	case isURL && (scheme == "postgres" || scheme == "postgresql"):
		return dialect.Postgres, nil
	case keyword.MatchString(dsn): // and not the name of a file, which would be made
		return "", fault.Newf(fault.CodeInvalid, "a PostgreSQL database is named by its URL, postgres://…, and not by keywords")
	case isURL, strings.HasPrefix(dsn, "file:"), strings.HasPrefix(dsn, ":memory:"):
		// Shared memory locks by table and ignores the busy timeout; and
		// parameters would defeat the settings above.
		return "", fault.Newf(fault.CodeInvalid,
			"the database must be the plain path of a file or start with postgres://; other URLs and memory are not served")
	}
	return dialect.SQLite, nil
}

// createPrivate makes a missing file before SQLite would make it readable for
// everybody. The files beside it (log, shared memory) take over its mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return f.Close()
}
