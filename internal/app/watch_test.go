package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rehearse.dev/internal/auth"
)

// patience is how long tests wait for what has to come.
const patience = 30 * time.Second

// stream is a subscription over server-sent events.
type stream struct {
	lines *bufio.Scanner
	end   func()
}

// subscribe begins a subscription; its end comes with the test's at the latest.
func (c *client) subscribe(t testing.TB, document string, v vars) *stream {
	t.Helper()
	srv := httptest.NewServer(c.handler)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	body, err := json.Marshal(vars{"query": document, "variables": v})
	fatal(t, err)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/graphql", bytes.NewReader(body))
	fatal(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set(auth.AppHeader, c.header)
	response, err := srv.Client().Do(request)
	fatal(t, err)
	s := &stream{lines: bufio.NewScanner(response.Body), end: func() {
		cancel()
		response.Body.Close()
		srv.Close()
	}}
	s.lines.Buffer(nil, 16<<20)
	t.Cleanup(s.end)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d", response.StatusCode)
	}
	return s
}

// next is the next response; nil when the stream is complete.
func (s *stream) next(t testing.TB) any {
	t.Helper()
	kind := ""
	for s.lines.Scan() {
		line := s.lines.Text()
		if name, ok := strings.CutPrefix(line, "event:"); ok {
			kind = strings.TrimSpace(name)
		}
		data, ok := strings.CutPrefix(line, "data:")
		switch {
		case kind == "complete" && (ok || line == ""):
			return nil
		case kind == "next" && ok:
			var v any
			d := json.NewDecoder(strings.NewReader(data))
			d.UseNumber()
			fatal(t, d.Decode(&v))
			return v
		}
	}
	t.Fatalf("the stream broke off: %v", s.lines.Err())
	return nil
}

// watched are all responses of a subscription that comes to its end.
func (c *client) watched(t testing.TB, document string, v vars) []any {
	t.Helper()
	s := c.subscribe(t, document, v)
	defer s.end()
	var all []any
	for {
		r := s.next(t)
		if r == nil {
			return all
		}
		all = append(all, r)
	}
}

// awaited waits for a state of a task.
func (c *client) awaited(t testing.TB, id, state string) {
	t.Helper()
	s := c.subscribe(t, `subscription($id: ID!) { taskUpdated(taskId: $id) { state } }`, vars{"id": id})
	defer s.end()
	for {
		r := s.next(t)
		if r == nil {
			t.Fatalf("task %s never became %s", id, state)
		}
		if text(r, "data.taskUpdated.state") == state {
			return
		}
	}
}

const eventsDocument = `subscription($id: ID!, $after: Int! = 0) { taskEvents(taskId: $id, afterSeq: $after) { seq __typename ... on TaskStateEvent { state } } }`

func TestEventsComeInOrderAndToTheEnd(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	template := c.template(t, row("", "", service("hold", "pause_node", "legacy", ""), display("tell", "x")))
	id := text(c.create(t, input(template)), "task.id")
	s := c.subscribe(t, eventsDocument, vars{"id": id})
	c.change(t, "startTask", "StartTaskInput", "task { id }", vars{"id": id})
	c.awaited(t, id, "RUNNING")
	first := s.next(t)
	same(t, first, "data.taskEvents.seq", "1")
	c.change(t, "callbackNode", "CallbackNodeInput", "task { id }", vars{"taskId": id, "nodeId": "hold", "data": vars{}})
	seq, last := 1, first
	for {
		r := s.next(t)
		if r == nil {
			break
		}
		seq, last = seq+1, r
		same(t, r, "data.taskEvents.seq", fmt.Sprint(seq))
	}
	same(t, last, "data.taskEvents.state", `"FINISHED"`)
	same(t, c.query(t, `query($id: ID!) { task(id: $id) { lastSeq } }`, vars{"id": id}), "task.lastSeq", fmt.Sprint(seq))

	t.Run("and go on after any of them", func(t *testing.T) {
		for after := range seq + 3 {
			rest := c.watched(t, eventsDocument, vars{"id": id, "after": after})
			if len(rest) != max(seq-after, 0) {
				t.Errorf("%d events after %d of %d", len(rest), after, seq)
			}
			for i, r := range rest {
				same(t, r, "data.taskEvents.seq", fmt.Sprint(after+1+i))
			}
		}
	})
}

func TestUpdatesEndWithTheFinalState(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	const document = `subscription($id: ID!) { taskUpdated(taskId: $id) { id state lastSeq progress { finished } nodes { state } } }`
	id := text(c.create(t, paidOrder(c.template(t, order(t)))), "task.id")
	s := c.subscribe(t, document, vars{"id": id})
	same(t, s.next(t), "data.taskUpdated.state", `"CREATED"`)
	c.change(t, "startTask", "StartTaskInput", "task { id }", vars{"id": id})
	last := any(nil)
	for {
		r := s.next(t)
		if r == nil {
			break
		}
		last = r
	}
	same(t, last, "data.taskUpdated.state", `"FINISHED"`)
	if all := c.watched(t, document, vars{"id": id}); len(all) != 1 {
		t.Errorf("%d updates of a task that has ended", len(all))
	}
}

func TestWhatCannotBeWatched(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := text(s.ours.create(t, paidOrder(s.ours.template(t, order(t)))), "task.id")
	gone := text(s.ours.create(t, paidOrder(s.ours.template(t, order(t)))), "task.id")
	s.ours.change(t, "deleteTask", "DeleteTaskInput", "deletedId", vars{"id": gone})
	updates := `subscription($id: ID!) { taskUpdated(taskId: $id) { id } }`
	for name, try := range map[string]struct {
		c        *client
		document string
		v        vars
		code     string
	}{
		"a task of others":       {s.theirs, eventsDocument, vars{"id": id}, "NOT_FOUND"},
		"updates of others":      {s.theirs, updates, vars{"id": id}, "NOT_FOUND"},
		"a task that is deleted": {s.ours, eventsDocument, vars{"id": gone}, "NOT_FOUND"},
		"a task that is missing": {s.ours, updates, vars{"id": "x"}, "NOT_FOUND"},
		"a template":             {s.ours, updates, vars{"id": "1"}, "NOT_FOUND"},
		"a negative number":      {s.ours, eventsDocument, vars{"id": id, "after": -1}, "INVALID_INPUT"},
		"events of no number": {
			s.ours, `subscription($id: ID!) { taskUpdated(taskId: $id) { events(first: 0) { seq } } }`, vars{"id": id}, "INVALID_INPUT",
		},
	} {
		t.Run(name, func(t *testing.T) {
			all := try.c.watched(t, try.document, try.v)
			if len(all) != 1 || text(all[0], "errors.0.extensions.code") != try.code {
				t.Errorf("%s", asJSON(all))
			}
		})
	}
	t.Run("a task that is deleted meanwhile ends", func(t *testing.T) {
		if testing.Short() {
			t.Skip("it waits for the next look, up to ten seconds")
		}
		w := s.ours.subscribe(t, eventsDocument, vars{"id": id})
		s.ours.change(t, "deleteTask", "DeleteTaskInput", "deletedId", vars{"id": id})
		// It was gone already if the subscription came later than the deletion.
		if r := w.next(t); r != nil && text(r, "errors.0.extensions.code") != "NOT_FOUND" {
			t.Errorf("%s", asJSON(r))
		}
	})
}
