package app

import (
	"os"
	"runtime/debug"
)

// Garbage collection is tuned for a server with a small live heap: collecting at
// every doubling of it would take a third of the time of a list. The memory limit
// makes the collector work harder long before the process grows large.
const (
	gcPercent   = 400
	memoryLimit = 1 << 30
)

// tuneMemory sets the collector unless the operator has, through GOGC or
// GOMEMLIMIT.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
