package main

import (
	"fmt"
	"io"
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
	fmt.Fprintln(t, "side\tworkers\t1/s\tof baseline\tCPU ms\tallocs\tbytes\tp50 ms\tp99 ms\tothers' CPUs\t")
	for i, of := range samples {
		ratio := median(of, func(round int, s sample) float64 { return 100 * s.rate() / baseline[round].rate() })
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.1f %%\t%.4f\t%.0f\t%.0f\t%.3f\t%.3f\t%.2f\t\n", s.sides[i].name, s.sides[i].workers,
			median(of, func(_ int, s sample) float64 { return s.rate() }), ratio,
			median(of, func(_ int, s sample) float64 { return s.per(milliseconds(s.cpu)) }),
			median(of, func(_ int, s sample) float64 { return s.per(float64(s.allocs)) }),
			median(of, func(_ int, s sample) float64 { return s.per(float64(s.bytes)) }),
			milliseconds(median(of, func(_ int, s sample) time.Duration { return s.p50 })),
			milliseconds(median(of, func(_ int, s sample) time.Duration { return s.p99 })),
			median(of, func(_ int, s sample) float64 { return s.others }))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if s.must == 0 {
		return nil
	}
	_, err := fmt.Fprintf(out, "demanded: %.0f %%, aim: %.0f %%\n", s.must, s.aim)
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
