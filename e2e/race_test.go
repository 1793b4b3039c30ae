//go:build race

package e2e

// The stories run with the race detector in the program, too, when they are
// tested with it.
func init() { buildFlags = append(buildFlags, "-race") }
