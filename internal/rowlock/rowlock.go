// Package rowlock keeps rows as they are until a transaction ends, where other
// transactions write at the same time. It is for transactions of store.Guarded that
// look something up before they write.
//
// Each function is a modifier of an Ent query and needs a transaction. A locked row is
// the newest there is, but what the same statement reads of other tables may be older:
// lock with one statement and look with the next. SQLite has one writer, so that there
// is nothing to lock, and the query stays as it is.
//
// It must not know what the rows mean.
package rowlock

import (
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// Change is for whoever is about to change the rows: of two, the second waits, and so do
// those of Refer. Foreign keys are not held up.
func Change(s *sql.Selector) { lock(s, sql.LockNoKeyUpdate) }

// Refer is for whoever is about to add rows that refer to these, if the statement's
// condition holds for them: it waits for Change, and then looks at the condition again.
// The weaker lock of foreign keys does not: it takes a row as the statement has seen it,
// changed or not, as long as its key is the same.
func Refer(s *sql.Selector) { lock(s, sql.LockShare) }

// Free locks those of the rows that nobody else holds, and leaves the others out.
func Free(s *sql.Selector) { lock(s, sql.LockUpdate, sql.WithLockAction(sql.SkipLocked)) }

func lock(s *sql.Selector, strength sql.LockStrength, options ...sql.LockOption) {
	if s.Dialect() == dialect.Postgres {
		s.For(strength, options...)
	}
}
