// Package read answers what the API shows: it turns a selection into the fewest
// statements and fills the views of package model, level by level.
//
// One statement loads all neighbours of one kind for a whole page, and only the
// columns that the selection needs. Everything is filtered by the caller's
// spaces: what belongs to another app looks as if it were not there.
//
// It reads only. It must not know HTTP, and gqlgen only by its syntax trees.
package read
