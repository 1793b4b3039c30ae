// Package dispatch wakes tasks on any of the servers that share a PostgreSQL: a wake-up
// is a job of River, inserted in the transaction that wants it.
//
// It says when somebody should look at a task, never what is due: that stands in the
// tables, and whoever looks reads it there. A job may come late, twice, for nothing or
// not at all, and a sweep behind it finds what it loses. So the package knows tasks by
// number only, and neither runs nor the engine. All that River is stays in here.
package dispatch
