package store

import "database/sql"

// Pools returns the pools of the read and the write client.
func Pools(s *Store) (read, write *sql.DB) { return s.readDB, s.writeDB }
