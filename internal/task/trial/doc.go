// Package trial runs tasks that nobody has made: planned as task.Service plans them,
// run in memory on a virtual clock, and shown in the form of real runs. It writes
// nothing and calls nothing, and it knows no edge.
package trial
