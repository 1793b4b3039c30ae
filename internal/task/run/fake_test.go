package run_test

import (
	"context"
	"strings"
	"sync"
	"time"

	"rehearse.dev/ent/predicate"
	"rehearse.dev/ent/taskrun"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/task"
)

// calls plays the outside world. It remembers what it was asked to send.
type calls struct {
	mu   sync.Mutex
	made []realcall.Call
	// answer says what comes of a call; nil is a plain success. It may block.
	answer     func(ctx context.Context, c realcall.Call) engine.Answer
	repeatable bool
	// prepared is how often a call was to be prepared; unprepared is why it cannot be.
	prepared   int
	unprepared error
}

// Do notes the call and answers it.
func (f *calls) Do(ctx context.Context, c realcall.Call) realcall.Result {
	f.mu.Lock()
	f.made = append(f.made, c)
	answer := f.answer
	f.mu.Unlock()
	a := engine.Success()
	if answer != nil {
		a = answer(ctx, c)
	}
	outputs := expr.NewDict(1)
	for i := range c.Effect.Outputs.Len() {
		key, v := c.Effect.Outputs.At(i)
		outputs.Set(expr.Str(key), v)
	}
	outputs.Set("data", "from outside")
	return realcall.Result{
		Outcome: engine.Outcome{
			Node: c.Effect.Node, Version: c.Effect.Version, Call: c.Effect.Number, Answer: a, Outputs: engine.Fields{Dict: outputs},
		},
		Exchange:   &realcall.Exchange{Method: "GET", URL: "http://host/", Status: 200, Started: c.At, Duration: time.Millisecond},
		Credential: &realcall.CredentialUse{Source: "SPACE", Name: "N"},
	}
}

// Prepare fails as the test wants it.
func (f *calls) Prepare(context.Context, *realcall.Call) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prepared++
	return f.unprepared
}

// prepare has calls be prepared, or fail; it tells how often they were to be.
func (f *calls) prepare(err error) (before int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unprepared = err
	return f.prepared
}

// Repeatable says so of every poll if the test wants it.
func (f *calls) Repeatable(e *engine.CallPlugin) bool { return f.repeatable && e.Schedule }

// Timeout is longer than any test.
func (f *calls) Timeout(*engine.CallPlugin) time.Duration { return time.Minute }

// set changes how calls are answered.
func (f *calls) set(answer func(ctx context.Context, c realcall.Call) engine.Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

// count is how many calls were sent.
func (f *calls) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.made)
}

// gate holds calls back until it is opened, or until they are given up.
type gate chan struct{}

func (g gate) answer(ctx context.Context, _ realcall.Call) engine.Answer {
	select {
	case <-g:
	case <-ctx.Done():
	}
	return engine.Success()
}

func splitFields(line string) []string { return strings.Fields(line) }

func ofTask(id int) predicate.TaskRun { return taskrun.TaskID(id) }

func mocked(ids []string) task.MockParams { return task.MockParams{Nodes: ids} }
