package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// print writes what the rounds of a scenario came to: medians over the rounds, and
// the ratio of the two rates within each round.
func (s scenario) print(out io.Writer, samples [][]sample) error {
	baseline := samples[len(samples)-1]
	if _, err := fmt.Fprintf(out, "\n%s: %s\n", s.name, s.title); err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "side\tworkers\t1/s\tof baseline\tCPU ms\tof baseline\tallocs\tbytes\tp50 ms\tp99 ms\tothers' CPUs\t")
	for i, of := range samples {
		ratio := median(of, func(round int, s sample) float64 { return 100 * s.rate() / baseline[round].rate() })
		cpu := func(of []sample) float64 {
			return median(of, func(_ int, s sample) float64 { return s.per(milliseconds(s.cpu)) })
		}
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.1f %%\t%.4f\t%.1f %%\t%.0f\t%.0f\t%.3f\t%.3f\t%.2f\t\n", s.sides[i].name, s.sides[i].workers,
			median(of, func(_ int, s sample) float64 { return s.rate() }), ratio,
			cpu(of), 100*cpu(baseline)/cpu(of),
			median(of, func(_ int, s sample) float64 { return s.per(float64(s.allocs)) }),
			median(of, func(_ int, s sample) float64 { return s.per(float64(s.bytes)) }),
			milliseconds(median(of, func(_ int, s sample) time.Duration { return s.p50 })),
			milliseconds(median(of, func(_ int, s sample) time.Duration { return s.p99 })),
			median(of, func(_ int, s sample) float64 { return s.others }))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if s.nodes > 0 {
		for i, of := range samples {
			rate := median(of, func(_ int, s sample) float64 { return s.rate() }) * float64(s.nodes)
			if _, err := fmt.Fprintf(out, "%s, %d workers: %.0f nodes/s\n", s.sides[i].name, s.sides[i].workers, rate); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintln(out, "demanded:", s.demand)
	return err
}

// printStatements asks the server again and prints what it sends to the database,
// in full when verbose, and always what grows with the table. It asks twice:
// caches are cold the first time.
func (s scenario) printStatements(ctx context.Context, out io.Writer, verbose bool) error {
	if s.probe == nil {
		return nil
	}
	w := s.world
	var texts []string
	for range 2 {
		var err error
		if _, texts, err = w.ask(ctx, *s.probe); err != nil {
			return err
		}
	}
	lines := []string{fmt.Sprintf("statements: %d", len(texts))}
	for _, text := range texts {
		if verbose {
			lines = append(lines, "  "+text)
		}
		slow, err := w.base.slow(ctx, text)
		if err != nil {
			return err
		}
		if slow != "" {
			lines = append(lines, "  without an index: "+slow+" in "+text)
		}
	}
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
