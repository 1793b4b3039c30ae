package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// changed is what a mutation named "done" answers.
type changed struct {
	Done struct {
		Task       *struct{ ID, State string }
		UserErrors []userError
	}
}

const ofTask = ` { task { id state } userErrors { code message field } } }`

// together sends a request to each server at the same time, as often as told, and
// returns the answers in the order of the servers.
func together[T any](t *testing.T, up []*server, each int, document func(i int) string, input func(i int) any) (texts []string, answers []T) {
	t.Helper()
	n := len(up) * each
	texts, answers = make([]string, n), make([]T, n)
	var asking errgroup.Group
	start := make(chan struct{})
	for i := range n {
		asking.Go(func() error {
			s, body := up[i%len(up)], request(document(i), map[string]any{"input": input(i)})
			<-start
			a, err := trySend("POST", s.url+"/graphql", body, "Content-Type", "application/json", "X-Bkapi-Authorization", s.header)
			if err != nil {
				return err
			}
			var got struct {
				Data   T
				Errors []any
			}
			if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 || len(got.Errors) > 0 {
				return fmt.Errorf("status %d: %s, %w", a.status, a.body, err)
			}
			texts[i], answers[i] = a.body, got.Data
			return nil
		})
	}
	close(start)
	if err := asking.Wait(); err != nil {
		t.Fatal(err)
	}
	return texts, answers
}

// TestReplicasAgreeOnWhatIsAskedAtOnce sends the same, and what excludes each other, to
// three servers at once.
func TestReplicasAgreeOnWhatIsAskedAtOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, killSeed, nil)
	up := c.servers()
	space := firstSpace(t, up[0])
	waiter := makeTemplate(t, up[0], space, "waiter", tree([]node{waiting("waits"), sleepingFor("rest", 60)}, nil, path("start", "waits", "rest", "end")...))
	failer := makeTemplate(t, up[1], space, "failer", tree([]node{waiting("fails")}, nil, path("start", "fails", "end")...))

	t.Run("same key", func(t *testing.T) { t.Parallel(); sameKey(t, up, waiter) })
	t.Run("one start", func(t *testing.T) { t.Parallel(); oneStart(t, up, waiter) })
	t.Run("operations", func(t *testing.T) { t.Parallel(); c.operations(t, up, waiter, failer) })
	t.Run("drafts and releases", func(t *testing.T) { t.Parallel(); drafts(t, up) })
}

// sameKey: one task for each key, and the same answer from everybody.
func sameKey(t *testing.T, up []*server, template string) {
	document := func(int) string {
		return `mutation ($input: CreateMockTaskInput!) { done: createMockTask(input: $input) { task { ...T } warnings { code message field } userErrors { code message field } } } ` + taskFields
	}
	ids := map[string]bool{}
	const keys = 50
	for i := range keys {
		name := fmt.Sprintf("same %d", i)
		texts, answers := together[changed](t, up, 1, document, func(int) any {
			return map[string]any{"templateId": template, "name": name, "creator": "ann", "idempotencyKey": name}
		})
		for j, a := range answers {
			if a.Done.Task == nil || texts[j] != texts[0] {
				t.Fatalf("%s: one server says %s and another %s", name, texts[0], texts[j])
			}
			ids[a.Done.Task.ID] = true
		}
	}
	stored := query[struct{ Tasks struct{ TotalCount int } }](t, up[0], `{ tasks(where: {nameContains: "same "}) { totalCount } }`, nil).Tasks.TotalCount
	if len(ids) != keys || stored != keys {
		t.Errorf("%d keys made %d tasks, and %d are there", keys, len(ids), stored)
	}
}

// oneStart: who comes second finds the task started.
func oneStart(t *testing.T, up []*server, template string) {
	for range 20 {
		id := create(t, up[0], map[string]any{"input": map[string]any{"templateId": template, "name": "one start", "creator": "ann"}}).ID
		_, answers := together[changed](t, up, 1, func(int) string {
			return `mutation ($input: StartTaskInput!) { done: startTask(input: $input)` + ofTask
		},
			func(int) any { return map[string]any{"id": id} })
		if won := winners(t, answers, "WRONG_STATE"); won != 1 {
			t.Errorf("task %s was started %d times", id, won)
		}
		recorded(t, up, id, "START ", 1)
	}
}

// winners counts who was not refused; the others must have been refused by one of the codes.
func winners(t *testing.T, answers []changed, codes ...string) (won int) {
	t.Helper()
	for _, a := range answers {
		switch {
		case len(a.Done.UserErrors) == 0:
			won++
		case len(a.Done.UserErrors) > 1 || !slices.Contains(codes, a.Done.UserErrors[0].Code) || a.Done.UserErrors[0].Message == "":
			t.Errorf("refused by %+v", a.Done.UserErrors)
		}
	}
	return won
}

// recorded compares the records of an operation at all servers.
func recorded(t *testing.T, up []*server, id, what string, want int) {
	t.Helper()
	for _, s := range up {
		got := query[struct{ Task ran }](t, s, readRun, map[string]any{"id": id, "events": 1000}).Task
		n := 0
		for _, o := range got.Operations {
			if strings.TrimSpace(o.Kind+" "+o.NodeID) == strings.TrimSpace(what) {
				n++
			}
		}
		if n != want {
			t.Errorf("task %s: %d records of %s, want %d", id, n, what, want)
		}
		for i, e := range got.Events {
			if e.Seq != i+1 {
				t.Fatalf("task %s: event %d has number %d", id, i+1, e.Seq)
			}
		}
	}
}

// operations: of operations that exclude each other one is carried out.
func (c *cluster) operations(t *testing.T, up []*server, waiter, failer string) {
	run := func(template string, mocks any) string {
		input := map[string]any{"templateId": template, "name": "operated", "creator": "ann", "start": true}
		if mocks != nil {
			input["mockData"] = mocks
		}
		return create(t, up[0], map[string]any{"input": input}).ID
	}
	one := func(kind, field string, input map[string]any, id, what string) {
		t.Helper()
		document := `mutation ($input: ` + strings.ToUpper(field[:1]) + field[1:] + `Input!) { done: ` + field + `(input: $input)` + ofTask
		_, answers := together[changed](t, up, 2, func(int) string { return document }, func(int) any { return input })
		if won := winners(t, answers, "WRONG_STATE"); won != 1 {
			t.Errorf("%d of %d were allowed to %s task %s", won, len(answers), kind, id)
		}
		recorded(t, up, id, what, 1)
	}
	for range 8 {
		id := run(waiter, nil)
		one("pause", "pauseTask", map[string]any{"id": id}, id, "PAUSE")
		one("resume", "resumeTask", map[string]any{"id": id}, id, "RESUME")
		one("call back", "callbackNode", map[string]any{"taskId": id, "nodeId": "waits", "data": 1}, id, "CALLBACK waits")
		one("revoke", "revokeTask", map[string]any{"id": id}, id, "REVOKE")

		id = run(failer, map[string]any{"nodes": []string{"fails"}, "failures": map[string]any{"fails": "as told"}})
		one("skip", "skipNode", map[string]any{"taskId": id, "nodeId": "fails"}, id, "SKIP fails")

		// A retry fails again, so that it does not exclude others that come later; each that
		// is allowed is recorded.
		id = run(failer, map[string]any{"nodes": []string{"fails"}, "failures": map[string]any{"fails": "as told"}})
		kinds := []string{"retryNode", "skipNode", "retryNode", "skipNode"}
		_, answers := together[changed](t, up, 2, func(i int) string {
			kind := kinds[i%len(kinds)]
			return `mutation ($input: ` + strings.ToUpper(kind[:1]) + kind[1:] + `Input!) { done: ` + kind + `(input: $input)` + ofTask
		}, func(int) any { return map[string]any{"taskId": id, "nodeId": "fails"} })
		won := winners(t, answers, "WRONG_STATE")
		got := c.read(up[0], id)
		attempts := 0
		for _, n := range got.Nodes {
			if n.NodeID == "fails" {
				attempts = len(n.Attempts)
			}
		}
		if won == 0 || got.State != "FINISHED" || len(got.Operations) != won+2 || attempts != won+1 {
			t.Errorf("%d were allowed; %+v", won, got)
		}
		recorded(t, up, id, "SKIP fails", 1)
	}
}

// drafts: however many save and release at once, there is one draft at most, and each
// version once.
func drafts(t *testing.T, up []*server) {
	document := func(i int) map[string]any {
		return tree([]node{sleepingFor("rest", i+1)}, nil, path("start", "rest", "end")...)
	}
	template := makeTemplate(t, up[0], firstSpace(t, up[0]), "drafted", document(0))
	const rounds = 10
	for range rounds {
		_, saved := together[changed](t, up, 1,
			func(int) string {
				return `mutation ($input: SaveTemplateDraftInput!) { done: saveTemplateDraft(input: $input) { userErrors { code message field } } }`
			},
			func(i int) any { return map[string]any{"id": template, "pipelineTree": document(i)} })
		if won := winners(t, saved); won != len(up) {
			t.Errorf("%d drafts were saved, want all of %d", won, len(up))
		}
		_, released := together[changed](t, up, 1,
			func(int) string {
				return `mutation ($input: ReleaseTemplateInput!) { done: releaseTemplate(input: $input) { userErrors { code message field } } }`
			},
			func(int) any { return map[string]any{"id": template} })
		if won := winners(t, released, "WRONG_STATE", "NO_VERSION", "CONFLICT"); won != 1 {
			t.Errorf("one draft was released %d times", won)
		}
	}
	var first string
	for i, s := range up {
		a := s.post(t, `query ($id: ID!) { template(id: $id) { draft { id } releasedVersion { version } versions(first: 100) { nodes { version isDraft snapshotId } } } }`, map[string]any{"id": template})
		if i > 0 && a.body != first {
			t.Errorf("one server says %s and another %s", first, a.body)
		}
		first = a.body
	}
	var got struct {
		Data struct {
			Template struct {
				Draft           *struct{ ID string }
				ReleasedVersion struct{ Version string }
				Versions        struct {
					Nodes []struct {
						Version string
						IsDraft bool
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(first), &got); err != nil {
		t.Fatal(err)
	}
	versions := map[string]bool{}
	for _, v := range got.Data.Template.Versions.Nodes {
		versions[v.Version] = true
	}
	if x := got.Data.Template; x.Draft != nil || len(versions) != rounds || len(x.Versions.Nodes) != rounds || x.ReleasedVersion.Version != x.Versions.Nodes[0].Version {
		t.Errorf("after %d releases: %s", rounds, first)
	}
}
