package main

import (
	"cmp"
	"context"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// call does one unit of work; n differs from call to call.
type call func(n int) error

// side is one way to do the work of a scenario.
type side struct {
	name string
	// worker makes what one worker (a connection or a goroutine) calls, and what
	// it does at the end.
	worker  func(ctx context.Context) (call, func() error, error)
	workers int
	// meter tells the processor time that servers and database have used so far, for
	// a side whose work is done by other processes; nil for one that does it here.
	meter func() usage
}

// usage is processor time of others than this process.
type usage struct{ servers, database time.Duration }

// sample is what one round of one side came to.
type sample struct {
	calls    int
	elapsed  time.Duration
	cpu      time.Duration // user and system time of this process
	others   float64       // processors that were busy with other processes
	away     usage         // of servers and database, where the side has a meter
	allocs   uint64
	bytes    uint64
	p50, p99 time.Duration
}

func (s sample) rate() float64 { return float64(s.calls) / s.elapsed.Seconds() }

func (s sample) per(total float64) float64 { return total / float64(max(1, s.calls)) }

// run keeps the workers of a side busy for a while.
func (s side) run(ctx context.Context, d time.Duration) (sample, error) {
	calls, ends := make([]call, s.workers), make([]func() error, 0, s.workers)
	defer func() {
		for _, end := range ends {
			_ = end() // nothing is lost with a connection that does not close
		}
	}()
	for i := range calls {
		c, end, err := s.worker(ctx)
		if err != nil {
			return sample{}, err
		}
		calls[i], ends = c, append(ends, end)
	}
	took := make([][]time.Duration, s.workers)
	for i := range took {
		took[i] = make([]time.Duration, 0, 1<<16)
	}
	runtime.GC() // what the other side has left behind is not this one's
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	meter := s.meter
	if meter == nil {
		meter = func() usage { return usage{} }
	}
	away, cpu, busy, start := meter(), cpuTime(), busyTime(), time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for i, c := range calls {
		group.Go(func() error {
			pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels("side", "client")))
			from := start
			for n := i; from.Sub(start) < d; n += s.workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := c(n); err != nil {
					return err
				}
				now := time.Now()
				took[i] = append(took[i], now.Sub(from))
				from = now
			}
			return nil
		})
	}
	err := group.Wait()
	out := sample{elapsed: time.Since(start), cpu: cpuTime() - cpu}
	out.others = max(0, (busyTime()-busy-out.cpu).Seconds()/out.elapsed.Seconds())
	now := meter()
	out.away = usage{now.servers - away.servers, now.database - away.database}
	runtime.ReadMemStats(&after)
	out.allocs, out.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	all := slices.Concat(took...)
	slices.Sort(all)
	out.calls = len(all)
	if len(all) > 0 {
		out.p50, out.p99 = all[len(all)/2], all[len(all)*99/100]
	}
	return out, err
}

// compare lets the sides take turns for some rounds, so that what else the
// machine does hits all of them, and returns their samples by side.
func compare(ctx context.Context, sides []side, rounds int, d time.Duration) ([][]sample, error) {
	samples := make([][]sample, len(sides))
	for round := -1; round < rounds; round++ {
		for i, s := range sides {
			length := d
			if round < 0 { // warm up: caches, connections, statements
				length = d / 4
			}
			got, err := s.run(ctx, length)
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				samples[i] = append(samples[i], got)
			}
		}
	}
	return samples, nil
}

// median of what f says about each sample.
func median[T cmp.Ordered](samples []sample, f func(i int, s sample) T) T {
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = f(i, s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
