package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// stat is a process as /proc/PID/stat shows it.
type stat struct {
	name        string
	parent      int
	own, waited time.Duration // its processor time, and that of children that have ended
}

// readStat reads what the system says of a process; false where it says nothing.
func readStat(pid int) (stat, bool) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return stat{}, false
	}
	return parseStat(string(raw))
}

// parseStat reads a line such as "17 (postgres) S 1 …": the name may have blanks and
// brackets in it, the fields behind it are state, parent, and from the twelfth on the
// times in ticks.
func parseStat(line string) (stat, bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return stat{}, false
	}
	fields := strings.Fields(line[end+1:])
	if len(fields) < 15 {
		return stat{}, false
	}
	var numbers [5]int // parent and four times
	for i, field := range []string{fields[1], fields[11], fields[12], fields[13], fields[14]} {
		n, err := strconv.Atoi(field)
		if err != nil {
			return stat{}, false
		}
		numbers[i] = n
	}
	ticks := func(n int) time.Duration { return time.Duration(n) * tick }
	return stat{
		name: line[open+1 : end], parent: numbers[0],
		own: ticks(numbers[1] + numbers[2]), waited: ticks(numbers[3] + numbers[4]),
	}, true
}

// processTime is the processor time that processes have used, 0 where the system has no /proc.
func processTime(pids ...int) (sum time.Duration) {
	for _, pid := range pids {
		s, _ := readStat(pid)
		sum += s.own
	}
	return sum
}

// familyTime is the processor time of a process and of all its children, those that have
// ended included.
func familyTime(parent int) time.Duration {
	s, ok := readStat(parent)
	if !ok {
		return 0
	}
	sum := s.own + s.waited
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return sum
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if child, ok := readStat(pid); ok && child.parent == parent {
			sum += child.own
		}
	}
	return sum
}
