package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// place is a node of a task.
type place struct{ task, node string }

// apiHost is what nodes call. It counts the calls that have an effect and takes its
// time to answer, so that a server which is killed often waits for it.
type apiHost struct {
	url, address string

	mu       sync.Mutex
	random   *rand.Rand
	triggers map[place]int
	refused  map[place]int // calls that were answered with a failure, on purpose
	polls    int
	broken   map[place][]time.Time // when callers went before they were answered
	// pauses are how long the first call of a node takes; for others it is up to chance.
	pauses map[string]time.Duration
}

// newAPIHost starts a host. Calls of the nodes in fickle fail at first, with the
// given probability.
func newAPIHost(t *testing.T, seed uint64, fickle map[string]float64) *apiHost {
	t.Helper()
	h := &apiHost{random: rand.New(rand.NewPCG(seed, 1)), triggers: map[place]int{}, refused: map[place]int{}, broken: map[place][]time.Time{}, pauses: map[string]time.Duration{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /trigger", func(w http.ResponseWriter, r *http.Request) {
		at, err := caller(r)
		if err != nil {
			t.Errorf("a call that tells not where it comes from: %v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		good, pause := h.take(at, fickle[at.node])
		select {
		case <-time.After(pause):
		case <-r.Context().Done():
			h.left(at)
			return
		}
		reply(w, map[string]any{"result": good, "message": "not now", "data": map[string]any{"job": at.task + "." + at.node}})
	})
	mux.HandleFunc("GET /poll", func(w http.ResponseWriter, _ *http.Request) {
		h.mu.Lock()
		h.polls++
		h.mu.Unlock()
		reply(w, map[string]any{"result": true, "state": "done", "data": "ready"})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.url, h.address = server.URL, strings.TrimPrefix(server.URL, "http://")
	return h
}

// caller is the node that a call says it comes from: uniform_api writes it into every
// body, bk_http_request as its inputs say.
func caller(r *http.Request) (place, error) {
	var body struct {
		Info *struct {
			Task json.Number `json:"task_id"`
			Node string      `json:"node_id"`
		} `json:"bkflow_extra_info"`
		Task, Node string
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return place{}, err
	}
	at := place{body.Task, body.Node}
	if body.Info != nil {
		at = place{body.Info.Task.String(), body.Info.Node}
	}
	if at.task == "" || at.node == "" {
		return at, fmt.Errorf("incomplete: %+v", at)
	}
	return at, nil
}

// take counts a call, and says how and when it is answered.
func (h *apiHost) take(at place, failing float64) (good bool, pause time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.triggers[at]++
	if h.triggers[at] == 1 && h.random.Float64() < failing {
		h.refused[at]++
		return false, 0
	}
	if pause, ok := h.pauses[at.node]; ok && h.triggers[at] == 1 {
		return true, pause
	}
	if h.random.IntN(3) == 0 {
		return true, 0
	}
	return true, time.Duration(h.random.IntN(300)) * time.Millisecond
}

// left notes that the caller did not wait for the answer.
func (h *apiHost) left(at place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.broken[at] = append(h.broken[at], time.Now())
}

// leftAt is when callers of the node went before they were answered.
func (h *apiHost) leftAt(at place) []time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.broken[at])
}

// seen is how many calls of the node came, and how many of them were failed.
func (h *apiHost) seen(at place) (came, failed int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.triggers[at], h.refused[at]
}

// total is how many calls came, and how many polls.
func (h *apiHost) total() (triggers, polls int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range h.triggers {
		triggers += n
	}
	return triggers, h.polls
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // who went does not read it
}
