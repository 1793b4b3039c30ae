package store

import (
	"context"
	"os"
)

const (
	// longLog is the size in bytes of the write-ahead log that is trimmed: four times
	// the 1000 pages after which SQLite starts to copy it into the database by itself.
	longLog = 16 << 20
	// trimPatience is how long, in milliseconds, all writers may wait for the readers
	// that still need the log. A read takes a few.
	trimPatience = "100"
)

// trimLog empties the write-ahead log when it is long. SQLite starts it afresh
// when no reader needs it at the moment of a write. Under constant reading there is
// no such moment, and the log, copied into the database or not, would grow for ever.
// With the writer stopped there soon is: readers that begin when all is copied do
// not need the log.
//
// The caller has the turn and no transaction is open. If it fails, or a reader takes
// too long, the log merely stays; the next try is when it has grown as much again.
func (f *file) trimLog() {
	log, err := os.Stat(f.logPath)
	if err != nil || log.Size() < f.trimAt {
		return
	}
	f.trimAt = log.Size() + f.logLimit
	ctx := context.Background()
	c, err := f.writeDB.Conn(ctx)
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	if _, err := c.ExecContext(ctx, "PRAGMA busy_timeout="+trimPatience); err != nil {
		return
	}
	var busy, frames, copied int
	err = c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &copied)
	if err == nil && busy == 0 {
		f.trimAt = f.logLimit
	}
	_, _ = c.ExecContext(ctx, "PRAGMA busy_timeout="+writerPatience)
}
