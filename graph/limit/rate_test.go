package limit_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"rehearse.dev/graph/limit"
)

// clock is a watch that the test turns.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestACallerSpendsWhatFlowsIn(t *testing.T) {
	t.Parallel()
	watch := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	r := limit.NewRates(10, 100, watch.read)
	for i, step := range []struct {
		after  time.Duration
		caller string
		points int
		want   time.Duration
	}{
		{0, "a", 100, 0},               // a full bucket at first
		{0, "a", 1, time.Second},       // and then an empty one: less than a second is told as one
		{0, "a", 95, 10 * time.Second}, // nothing was spent by asking
		{0, "b", 100, 0},               // others have their own
		{time.Second, "a", 10, 0},
		{0, "a", 1, time.Second},
		{time.Hour, "a", 100, 0}, // no more than the bucket holds
		{0, "a", 1, time.Second},
	} {
		watch.turn(step.after)
		if got := r.Take(step.caller, step.points); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
}

func TestManyCallersAtOnceGetNoMoreThanTheirs(t *testing.T) {
	t.Parallel()
	watch := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	r := limit.NewRates(1, 50, watch.read)
	var group sync.WaitGroup
	allowed := make([]int, 8)
	for worker := range allowed {
		group.Go(func() {
			for range 100 {
				if r.Take("one", 1) == 0 {
					allowed[worker]++
				}
				r.Take(fmt.Sprint("other ", worker), 1)
			}
		})
	}
	group.Wait()
	sum := 0
	for _, n := range allowed {
		sum += n
	}
	if sum != 50 {
		t.Errorf("%d points were spent of 50", sum)
	}
}
