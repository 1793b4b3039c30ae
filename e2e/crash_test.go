package e2e

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestAKilledServerLosesNoAnsweredTask kills the server when some of the tasks are
// answered: with few callers most tasks have a COMMIT of their own, with many they
// share one.
func TestAKilledServerLosesNoAnsweredTask(t *testing.T) {
	t.Parallel()
	for _, c := range []crash{
		{callers: 8, requests: 200, killAfter: 60},
		{callers: 64, requests: 1000, killAfter: 300},
	} {
		t.Run(fmt.Sprintf("%d callers", c.callers), c.run)
	}
}

// crash is a story of a killed server: how many callers make how many tasks, and how
// many of them are answered when it is killed.
type crash struct{ callers, requests, killAfter int }

func (c crash) run(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil, "--dev")
	template := templateID(t, s, "refund an order")
	key := func(i int) string { return fmt.Sprintf("key-%d", i) }

	var mu sync.Mutex
	answered := map[string]string{} // task id by key
	var next, done atomic.Int64
	var group errgroup.Group
	for range c.callers {
		group.Go(func() error {
			for i := int(next.Add(1)); i <= c.requests; i = int(next.Add(1)) {
				id, err := createKeyed(s, template, key(i))
				if err != nil {
					return nil // the server is gone
				}
				mu.Lock()
				answered[key(i)] = id
				mu.Unlock()
				if done.Add(1) == int64(c.killAfter) {
					if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	s.wait(t)
	if n := len(answered); n < c.killAfter || n >= c.requests {
		t.Fatalf("%d were answered, so the server was not killed in the middle", n)
	}

	again := serve(t, s.dir, nil, "--dev")
	for k, id := range answered {
		got := query[struct{ Task *struct{ Name string } }](t, again, `query ($id: ID!) { task(id: $id) { name } }`, map[string]any{"id": id}).Task
		if got == nil || got.Name != k {
			t.Errorf("task %s of %s was answered, and is %+v now", id, k, got)
		}
	}
	kept := count(t, again)
	if kept < len(answered) || kept > len(answered)+c.callers {
		t.Errorf("%d tasks are there, %d were answered", kept, len(answered))
	}
	// A caller that got no answer asks again, and one that did may.
	ids := map[string]bool{}
	for i := 1; i <= c.requests; i++ {
		id, err := createKeyed(again, template, key(i))
		if err != nil {
			t.Fatal(err)
		}
		if first := answered[key(i)]; first != "" && first != id {
			t.Errorf("%s gave task %s first and then %s", key(i), first, id)
		}
		ids[id] = true
	}
	if n := count(t, again); n != c.requests || len(ids) != c.requests {
		t.Errorf("%d tasks, %d ids, want %d", n, len(ids), c.requests)
	}
}

func count(t *testing.T, s *server) int {
	t.Helper()
	return query[struct{ Tasks struct{ TotalCount int } }](t, s, `{ tasks { totalCount } }`, nil).Tasks.TotalCount
}

// createKeyed makes a task that has the key as its name, too.
func createKeyed(s *server, template, key string) (id string, err error) {
	input := refund(template, key)
	input["idempotencyKey"] = key
	a, err := trySend("POST", s.url+"/graphql", request(
		`mutation ($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { message } } }`,
		map[string]any{"input": input}), "Content-Type", "application/json", "X-Bkapi-Authorization", s.header)
	if err != nil {
		return "", err
	}
	var body struct {
		Data struct {
			CreateMockTask struct{ Task *struct{ ID string } }
		}
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || body.Data.CreateMockTask.Task == nil {
		return "", fmt.Errorf("status %d: %s, %w", a.status, a.body, err)
	}
	return body.Data.CreateMockTask.Task.ID, nil
}
