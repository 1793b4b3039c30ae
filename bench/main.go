// Command bench measures the server beside the same work through prepared SQL
// statements, in one run on one machine, and prints the ratios.
//
// Client and server share one process and its processors; connections are real
// TCP on the loopback address, kept alive. The client writes a request that was
// built once and reads Content-Length bytes of answer, because what it costs is
// charged to the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	only             string
	rounds           int
	length           time.Duration
	tasks, templates int
	dir              string
	cpu, heap        string
}

func main() {
	var o options
	flag.StringVar(&o.only, "only", "", "measure only these scenarios: names with commas between them")
	flag.IntVar(&o.rounds, "rounds", 7, "rounds of each side; medians are printed")
	flag.DurationVar(&o.length, "time", time.Second, "length of a round")
	flag.IntVar(&o.tasks, "tasks", 10_000, "tasks in the database")
	flag.IntVar(&o.templates, "templates", 100, "templates in the database, at least 20")
	flag.StringVar(&o.dir, "dir", os.TempDir(), "directory for the databases, which decides what a durable write costs")
	flag.StringVar(&o.cpu, "cpuprofile", "", "write a CPU profile of the first side of each scenario, in a round of its own, to this file")
	flag.StringVar(&o.heap, "memprofile", "", "write a profile of all allocations to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// run makes the data, measures and prints.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "rehearse-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintf(out, "%s, %d processors, load %s, %d rounds of %s\n",
		runtime.Version(), runtime.NumCPU(), load(), o.rounds, o.length)
	w, err := newWorld(ctx, dir, o.templates, o.tasks)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	scenarios, err := w.reads(ctx)
	if err != nil {
		return err
	}
	var measured []scenario
	for _, s := range scenarios {
		if o.only != "" && !strings.Contains(","+o.only+",", ","+s.name+",") {
			continue
		}
		samples, err := compare(ctx, s.sides, o.rounds, o.length)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := s.print(out, samples); err != nil {
			return err
		}
		measured = append(measured, s)
	}
	fmt.Fprintf(out, "\nload %s\n", load())
	return o.profile(ctx, measured)
}

// profile runs the first side of each scenario once more. What the clients use
// is labelled: go tool pprof -tagignore side=client leaves it out.
func (o options) profile(ctx context.Context, scenarios []scenario) (err error) {
	if o.cpu != "" {
		f, err := os.Create(o.cpu)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		for _, s := range scenarios {
			if _, err := s.sides[0].run(ctx, 5*o.length); err != nil {
				return err
			}
		}
		pprof.StopCPUProfile()
	}
	if o.heap == "" {
		return nil
	}
	f, err := os.Create(o.heap)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
