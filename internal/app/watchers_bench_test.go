package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/internal/auth"
)

// What an operation on a running task costs while nobody and while a thousand watch
// it: the request to pause it and the one to let it go on, over the whole handler. The
// median leaves out the time in which the watchers take what happened: it shows what
// the run pays for them, not what two processors make of a thousand readers.
func BenchmarkOperateWatched(b *testing.B) {
	for _, watchers := range []int{0, 1000} {
		b.Run(fmt.Sprintf("watchers=%d", watchers), func(b *testing.B) {
			s := newServer(b)
			id, _ := s.ours.started(b, row(x, "", waiting("a")))
			seen := s.ours.crowd(b, id, watchers)
			var told int64
			settle := func(events int64) {
				told += events * int64(watchers)
				for until := time.Now().Add(patience); seen.Load() < told; time.Sleep(time.Millisecond) {
					if time.Now().After(until) {
						b.Fatalf("the watchers have %d of %d events", seen.Load(), told)
					}
				}
			}
			settle(int64(len(list(s.ours.run(b, id), "events"))))
			var took []time.Duration
			for b.Loop() {
				for _, mutation := range []string{"pauseTask", "resumeTask"} {
					begin := time.Now()
					s.ours.query(b, operateDocument(mutation), vars{"in": vars{"id": id}})
					took = append(took, time.Since(begin))
					settle(2) // the operation and the state
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/median")
		})
	}
}

// crowd lets so many watch a task, and counts the events that they get.
func (c *client) crowd(b *testing.B, id string, watchers int) *atomic.Int64 {
	b.Helper()
	srv := httptest.NewServer(c.handler)
	body, err := json.Marshal(vars{
		"query": "subscription($id: ID!) { taskEvents(taskId: $id) { seq } }", "variables": vars{"id": id},
	})
	fatal(b, err)
	seen := new(atomic.Int64)
	var readers sync.WaitGroup
	var open []*http.Response
	b.Cleanup(func() {
		for _, r := range open {
			r.Body.Close()
		}
		readers.Wait()
		srv.Close()
	})
	for range watchers {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, srv.URL+"/graphql", bytes.NewReader(body))
		fatal(b, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "text/event-stream")
		request.Header.Set(auth.AppHeader, c.header)
		response, err := srv.Client().Do(request)
		fatal(b, err)
		open = append(open, response)
		readers.Go(func() {
			for lines := bufio.NewScanner(response.Body); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "data:") {
					seen.Add(1)
				}
			}
		})
	}
	return seen
}
