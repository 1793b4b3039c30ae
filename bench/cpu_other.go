//go:build !unix

package main

import "time"

// Without getrusage the report has no CPU times.
func cpuTime() time.Duration  { return 0 }
func busyTime() time.Duration { return 0 }
func load() string            { return "unknown" }
