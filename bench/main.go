// Command bench measures the server beside the same work through prepared SQL
// statements, in one run on one machine, and prints the ratios.
//
// Client and server share one process and its processors; connections are real
// TCP on the loopback address, kept alive. The client writes a request that was
// built once and reads Content-Length bytes of answer, because what it costs is
// charged to the server. On PostgreSQL, which -postgres names, servers are processes of
// their own, one for a database and several for another.
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
	"slices"
	"strings"
	"syscall"
	"time"

	"rehearse.dev/internal/app"
)

// options are the command line.
type options struct {
	only             string
	rounds           int
	length           time.Duration
	tasks, templates int
	dir              string
	large            int
	verbose          bool
	cpu, heap        string
	postgres, other  string
}

func main() {
	if os.Getenv(servesVariable) != "" {
		os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	var o options
	flag.StringVar(&o.only, "only", "", "measure only these scenarios, with commas between them: "+strings.Join(slices.Concat(names, clusterNames), ", "))
	flag.StringVar(&o.postgres, "postgres", os.Getenv("TEST_DATABASE_URL"), "URL of a PostgreSQL whose user may make databases, TEST_DATABASE_URL if not given; without one its scenarios are left out")
	flag.StringVar(&o.other, "other", "", "another build of the program, whose servers on PostgreSQL are measured beside those of this one")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each side; medians are printed")
	flag.DurationVar(&o.length, "time", time.Second, "length of a round")
	flag.IntVar(&o.tasks, "tasks", 10_000, "tasks in the database")
	flag.IntVar(&o.templates, "templates", 100, "templates in the database, at least 20")
	flag.IntVar(&o.large, "large", 0, "tasks in a second database whose list is compared with the first one's, such as 1000000; 0 for none")
	flag.BoolVar(&o.verbose, "v", false, "print the statements that the server sends")
	flag.StringVar(&o.dir, "dir", os.TempDir(), "directory for the databases, which decides what a durable write costs")
	flag.StringVar(&o.cpu, "cpuprofile", "", "write a CPU profile of the first side of each scenario, in a round of its own, to this file")
	flag.StringVar(&o.heap, "memprofile", "", "write a profile of all allocations to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// names are the scenarios; sizes is measured only beside a large database.
var names = []string{"list", "nodes", "one", "sizes", "create", "override", "burst", "run", "chain"}

// step is a scenario that is still to be prepared.
type step struct {
	name    string
	prepare func(context.Context) (scenario, error)
}

// run makes the data, measures and prints.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	if o.tasks <= pageSize || o.templates < pageSize || o.rounds < 1 {
		return fmt.Errorf("there must be more than %d tasks, at least %d templates and a round", pageSize, pageSize)
	}
	for name := range strings.SplitSeq(o.only, ",") {
		if all := slices.Concat(names, clusterNames); name != "" && !slices.Contains(all, name) {
			return fmt.Errorf("there is no scenario %s, only %s", name, strings.Join(all, ", "))
		}
		if o.postgres == "" && slices.Contains(clusterNames, name) {
			return fmt.Errorf("the scenario %s needs -postgres or TEST_DATABASE_URL", name)
		}
	}
	dir, err := os.MkdirTemp(o.dir, "rehearse-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var plan []step
	closing := func(what interface{ close() error }) { err = errors.Join(err, what.close()) }
	if o.wants(names) {
		w, err := newWorld(ctx, dir, o.templates, o.tasks, true)
		if err != nil {
			return err
		}
		defer closing(w)
		// The writes come last, because they make the table grow.
		plan = []step{{"list", w.list}, {"nodes", w.nodes}, {"one", w.one}}
		if o.large > 0 {
			large, err := newWorld(ctx, dir, o.templates, o.large, false)
			if err != nil {
				return err
			}
			defer closing(large)
			plan = append(plan, step{"sizes", func(context.Context) (scenario, error) { return large.sizes(w) }})
		}
		plan = append(plan, step{"create", w.create}, step{"override", w.override}, step{"burst", w.burst},
			step{"run", w.short}, step{"chain", w.long})
	}
	about := ""
	if o.postgres != "" && o.wants(clusterNames) {
		c, err := newCluster(ctx, o.postgres, o.other, dir)
		if err != nil {
			return err
		}
		defer closing(c)
		if about, err = c.postgres.describe(ctx); err != nil {
			return err
		}
		about = "\n" + about
		plan = append(plan, c.plan()...)
	}
	if _, err := fmt.Fprintf(out, "%s, %d processors, load %s, medians of %d rounds of %s%s\n",
		runtime.Version(), runtime.NumCPU(), load(), o.rounds, o.length, about); err != nil {
		return err
	}
	var measured []scenario
	for _, p := range plan {
		if !o.wants([]string{p.name}) {
			continue
		}
		s, err := p.prepare(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		s.name = p.name
		if err := o.measure(ctx, s, out); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		measured = append(measured, s)
	}
	if _, err := fmt.Fprintf(out, "\nload %s\n", load()); err != nil {
		return err
	}
	return o.profile(ctx, measured)
}

// wants tells whether any of the scenarios is to be measured.
func (o options) wants(some []string) bool {
	return o.only == "" || slices.ContainsFunc(strings.Split(o.only, ","), func(name string) bool { return slices.Contains(some, name) })
}

func (o options) measure(ctx context.Context, s scenario, out io.Writer) error {
	samples, err := compare(ctx, s.sides, o.rounds, o.length)
	if err != nil {
		return err
	}
	if err := s.print(out, samples); err != nil {
		return err
	}
	if s.cluster != nil {
		return s.printCluster(ctx, out, samples, o.verbose)
	}
	return s.printStatements(ctx, out, o.verbose)
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
