package store

import (
	"database/sql"
	"strings"
)

// Pools returns the pools of the read and the write client.
func Pools(s *Store) (read, write *sql.DB) { return s.readDB, s.writeDB }

// WriterDSN and ReaderDSN are the settings without what speeds them up.
func WriterDSN(path string) string { return plain(writerDSN(path)) }

// ReaderDSN is like WriterDSN for readers.
func ReaderDSN(path string) string { return plain(readerDSN(path)) }

func plain(dsn string) string {
	dsn, _, _ = strings.Cut(dsn, "&_mutex=")
	return dsn
}
