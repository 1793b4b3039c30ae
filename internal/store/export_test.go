package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"
)

// Pools returns the pools of the read and the write client.
func Pools(s *Store) (read, write *sql.DB) {
	return s.backend.(*file).readDB, s.backend.(*file).writeDB
}

// WriterDSN and ReaderDSN are the settings without what speeds them up.
func WriterDSN(path string) string { return plain(writerDSN(path)) }

// ReaderDSN is like WriterDSN for readers.
func ReaderDSN(path string) string { return plain(readerDSN(path)) }

func plain(dsn string) string {
	dsn, _, _ = strings.Cut(dsn, "&_mutex=")
	return dsn
}

// OccupyReaders takes the turn of every reader until release is called.
func OccupyReaders(s *Store) (release func()) {
	n := cap(s.backend.(*file).reader.tokens)
	for range n {
		s.backend.(*file).reader.tokens <- struct{}{}
	}
	return func() {
		for range n {
			s.backend.(*file).reader.leave()
		}
	}
}

// EachRow calls row for every row of a query of the read client.
func EachRow(ctx context.Context, s *Store, query string, row func()) error {
	var found entsql.Rows
	if err := s.reads.Query(ctx, query, []any{}, &found); err != nil {
		return err
	}
	for found.Next() {
		row()
	}
	return errors.Join(found.Err(), found.Close())
}

// Waiting is how many transactions wait for their turn.
func Waiting(s *Store) int {
	t := queueOf(s)
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queue)
}

func queueOf(s *Store) *turn {
	if c, ok := s.backend.(*cluster); ok {
		return &c.turn
	}
	return &s.backend.(*file).turn
}

// WithTimes has a PostgreSQL database wait less long than usual; see times.
func WithTimes(o Options, patience, abandoned time.Duration) Options {
	o.times = times{patience: patience, abandoned: abandoned}
	return o
}

// LimitLog sets the size at which the write-ahead log is trimmed, and tells its path.
func LimitLog(s *Store, size int64) (path string) {
	f := s.backend.(*file)
	f.logLimit, f.trimAt = size, size
	return f.logPath
}

// SeeHistory has the store meet a database of another history.
func SeeHistory(s *Store, which string) { s.history.see(which) }

// KnownHistory is the one that the store is in.
func KnownHistory(s *Store) string {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	return s.history.known
}
