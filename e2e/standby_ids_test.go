package e2e

import (
	"fmt"
	"testing"
)

// TestIdsThatAreGivenAgainMeanWhatTheyMeanNow: a standby that lacks the latest gives their
// ids to others. Servers have trees in memory by these ids, and forget them.
func TestIdsThatAreGivenAgainMeanWhatTheyMeanNow(t *testing.T) {
	t.Parallel()
	primary := newPrimary(t)
	standby := primary.follow(t)
	c := newClusterOfTwo(t, primary, standby)
	space := firstSpace(t, c.any())
	standby.leave(t, primary)
	const rows = 50 // PostgreSQL skips up to 32 ids of a sequence
	tasks := map[string]bool{}
	for i := range rows {
		tasks[c.rehearse(t, space, fmt.Sprintf("old%d", i), i%2 == 0)] = true
	}
	primary.kill(t)
	standby.promote(t)
	for _, s := range c.servers() {
		s.writesAgain(t, space)
	}
	again := 0
	for i := range rows {
		if tasks[c.rehearse(t, space, fmt.Sprintf("new%d", i), i%2 == 0)] {
			again++
		}
	}
	wrong := standby.ask(t, `SELECT count(*) FROM tasks t LEFT JOIN tree_infos i ON i.id = t.tree_info_id
		WHERE i.snapshot_id IS DISTINCT FROM t.execution_snapshot_id`)
	if wrong != "0" {
		t.Errorf("%s tasks have the topology of another tree, or none", wrong)
	}
	if again == 0 {
		t.Error("no id was given again, so that this shows nothing")
	}
	t.Logf("%d of %d ids of tasks were given again", again, rows)
	for _, s := range c.servers() {
		s.stop(t)
	}
}

// rehearse runs a task of a template of its own, whose one node has the name, and returns
// its id. All servers must show the same.
func (c *cluster) rehearse(t *testing.T, space, name string, atOnce bool) string {
	t.Helper()
	template := makeTemplate(t, c.any(), space, name, tree([]node{waiting(name)}, nil, path("start", name, "end")...))
	var made struct {
		CreateMockTask struct {
			Task       *struct{ ID string }
			UserErrors []userError
		}
	}
	err := try(c.any(), `mutation ($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { code message field } } }`,
		map[string]any{"templateId": template, "name": name, "creator": "story", "start": atOnce, "mockData": map[string]any{"nodes": []string{name}}}, &made)
	if err != nil || made.CreateMockTask.Task == nil {
		t.Fatalf("a task of %s: %+v, %v", name, made, err)
	}
	j := &job{id: made.CreateMockTask.Task.ID}
	if !atOnce {
		if err := j.start(c.any()); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range c.servers() {
		got := query[struct {
			Task struct {
				State string
				Nodes []struct{ NodeID, State string }
			}
			Template struct {
				PipelineTree struct{ Activities map[string]any }
			}
		}](t, s, `query ($task: ID!, $template: ID!) { task(id: $task) { state nodes { nodeId state } } template(id: $template) { pipelineTree } }`,
			map[string]any{"task": j.id, "template": template})
		if n := got.Task.Nodes; got.Task.State != "FINISHED" || len(n) != 3 || n[1].NodeID != name || n[1].State != "FINISHED" {
			t.Errorf("the task of %s is %+v", name, got.Task)
		}
		if _, ok := got.Template.PipelineTree.Activities[name]; !ok {
			t.Errorf("the template of %s has the nodes %v", name, got.Template.PipelineTree.Activities)
		}
	}
	return j.id
}
