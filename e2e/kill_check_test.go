package e2e

import (
	"fmt"
	"time"
)

// ran is a task as the story looks at it.
type ran struct {
	Name, State        string
	LastSeq, RealCalls int
	Events             []struct {
		Seq               int
		Time              time.Time
		NodeID, NodeState string
		Call              *struct{ Outcome string }
	}
	Operations []struct{ Kind, NodeID string }
	Nodes      []ranNode
}

type ranNode struct {
	NodeID, State string
	Mocked        bool
	Attempts      []ranAttempt
}

type ranAttempt struct {
	Number             int
	State, FailureRule string
	HTTPCalls          []struct{ Method, Outcome string }
}

const readRun = `query ($id: ID!, $events: Int!) { task(id: $id) { name state lastSeq realCalls
  operations { kind nodeId }
  events(first: $events) { seq time ... on NodeStateEvent { nodeId nodeState: state } ... on HttpCallEvent { nodeId call { outcome } } }
  nodes { nodeId state mocked attempts { number state failureRule httpCalls { method outcome } } } } }`

// read reads a task that must be there.
func (k *killStory) read(s *server, id string) ran {
	k.t.Helper()
	got := query[struct{ Task *ran }](k.t, s, readRun, map[string]any{"id": id, "events": 1000}).Task
	if got == nil {
		k.t.Fatalf("task %s was acknowledged and is not there", id)
	}
	return *got
}

// settle waits until every task is finished and decides about nodes that wait for a
// person.
func (k *killStory) settle(s *server) {
	k.t.Helper()
	k.decided, k.skipped = map[place]int{}, map[place]bool{}
	open := map[string]bool{}
	for _, j := range k.jobs {
		open[j.id] = true
	}
	limit := time.Now().Add(2 * patience)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for len(open) > 0 {
		for id := range open {
			switch got := k.read(s, id); {
			case got.State == "FINISHED":
				delete(open, id)
			case time.Now().After(limit):
				k.t.Fatalf("task %s does not end: %+v", id, got)
			case got.State == "FAILED":
				k.decide(s, id, got)
			}
		}
		<-tick.C
	}
}

// decide retries or skips the nodes of a task that failed.
func (k *killStory) decide(s *server, id string, got ran) {
	k.t.Helper()
	for _, n := range got.Nodes {
		d, err := k.host.judge(id, n, k.random.IntN(2) == 0)
		if err != nil {
			k.t.Fatal(err)
		}
		if d == nil {
			continue
		}
		var answer deciding
		if err := try(s, d.document, d.input, &answer); err != nil || len(answer.Done.UserErrors) > 0 {
			k.t.Fatalf("decide about %s of task %s: %+v, %v", n.NodeID, id, answer, err)
		}
		if d.unknown {
			k.unknowns++
		}
		if at := (place{id, n.NodeID}); d.skips {
			k.skipped[at] = true
		} else {
			k.decided[at]++
		}
	}
}

// decision is what a person does about a node.
type decision struct {
	document       string
	input          map[string]any
	unknown, skips bool
}

type deciding struct {
	Done struct{ UserErrors []userError }
}

// judge decides about a node, which must not have failed but because nobody knows its
// outcome or because the host wanted it; nil when there is nothing to decide.
func (h *apiHost) judge(task string, n ranNode, maySkip bool) (*decision, error) {
	if n.State != "FAILED" {
		return nil, nil
	}
	last := n.Attempts[len(n.Attempts)-1]
	_, refused := h.seen(place{task, n.NodeID})
	unknown := last.FailureRule == "UNKNOWN_OUTCOME"
	switch {
	case unknown:
	case last.FailureRule == "PLUGIN" && refused > 0 && n.NodeID == "fickle":
		return nil, nil // it retries by itself
	case last.FailureRule == "PLUGIN" && refused > 0:
	default:
		return nil, fmt.Errorf("task %s: node %s failed by %s, which nobody caused", task, n.NodeID, last.FailureRule)
	}
	d := &decision{
		document: `mutation ($input: RetryNodeInput!) { done: retryNode(input: $input) { userErrors { code message field } } }`,
		input:    map[string]any{"taskId": task, "nodeId": n.NodeID, "operator": "decider"}, unknown: unknown,
	}
	if unknown && maySkip {
		d.document = `mutation ($input: SkipNodeInput!) { done: skipNode(input: $input) { userErrors { code message field } } }`
		d.input["outputs"] = map[string]any{"data": "as a person saw"}
		d.skips = true
	}
	return d, nil
}

// check looks at every task when all have ended.
func (k *killStory) check(s *server) {
	k.t.Helper()
	if n := count(k.t, s); n != len(k.jobs) {
		k.t.Errorf("%d tasks, want one for each of %d keys", n, len(k.jobs))
	}
	var calls, lost, lostAndCame int
	for _, j := range k.jobs {
		got := k.read(s, j.id)
		if got.Name != j.key || got.State != "FINISHED" {
			k.t.Errorf("task %s of %s is %s and %s", j.id, j.key, got.Name, got.State)
		}
		shown := 0
		for _, n := range got.Nodes {
			made, unknown, came := k.checkNode(j.id, n.NodeID, n.Mocked, n.Attempts)
			shown += made + unknown
			calls += made
			lost += unknown
			lostAndCame += came
		}
		k.checkEvents(j.id, got, shown)
	}
	triggers, polls := k.host.total()
	k.t.Logf("%d tasks; the host saw %d calls and %d polls; %d calls are known and %d unknown, %d of these had come; a person retried %d nodes and skipped %d, %d as their outcome was unknown",
		len(k.jobs), triggers, polls, calls, lost, lostAndCame, len(k.decided), len(k.skipped), k.unknowns)
	if lost == 0 || k.unknowns == 0 {
		k.t.Error("no kill came while a call was under way, so this shows nothing")
	}
}

// checkNode compares what the API shows of a node's calls with what the host saw, and
// returns how many are shown as made and as unknown, and how many of the latter came.
func (k *killStory) checkNode(task, id string, mocked bool, attempts []ranAttempt) (made, unknown, lostAndCame int) {
	k.t.Helper()
	at := place{task, id}
	came, refused := k.host.seen(at)
	done := 0 // calls with an effect that are shown as made
	for i, a := range attempts {
		effects, lost := 0, 0
		for _, c := range a.HTTPCalls {
			switch {
			case c.Outcome == "UNKNOWN":
				lost++
			case c.Outcome != "DONE":
				k.t.Errorf("%v: a call is still %s", at, c.Outcome)
			case c.Method == "POST":
				effects++
			default:
				made++
			}
		}
		if a.Number != i+1 || effects > 1 || id != "asked" && effects+lost > 1 {
			k.t.Errorf("%v: attempt %d is number %d with %d calls and %d unknown ones", at, i+1, a.Number, effects, lost)
		}
		if a.FailureRule == "UNKNOWN_OUTCOME" && lost == 0 {
			k.t.Errorf("%v: attempt %d has an unknown outcome and shows no such call", at, a.Number)
		}
		done += effects
		unknown += lost
	}
	sends := 1 + k.decided[at] // how often the node may have called
	if id == "fickle" {
		sends += refused
	}
	want := sends // a node that is skipped shows so in an attempt of its own
	if k.skipped[at] {
		want++
	}
	if len(attempts) > want || id != "fickle" && len(attempts) != want {
		k.t.Errorf("%v: %d attempts, want %d", at, len(attempts), want)
	}
	if came < done || came > done+unknown || came > sends || mocked && came+done+unknown > 0 {
		k.t.Errorf("%v: the host saw %d calls, the API shows %d and %d unknown ones in %d attempts", at, came, done, unknown, len(attempts))
	}
	return made + done, unknown, came - done
}

// checkEvents looks for gaps, and for one event for each call.
func (k *killStory) checkEvents(id string, got ran, shown int) {
	k.t.Helper()
	calls := 0
	for i, e := range got.Events {
		if e.Seq != i+1 {
			k.t.Fatalf("task %s: event %d has number %d", id, i+1, e.Seq)
		}
		if e.Call != nil {
			calls++
		}
	}
	if len(got.Events) != got.LastSeq || calls != shown || got.RealCalls != shown {
		k.t.Errorf("task %s: %d events of %d, %d of calls; realCalls %d; nodes show %d calls: %+v", id, len(got.Events), got.LastSeq, calls, got.RealCalls, shown, got)
	}
}
