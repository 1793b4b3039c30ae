package e2e

import (
	"encoding/json"
	"testing"
	"time"
)

const taskFields = `fragment T on Task {
  id name state creator createTime createMethod instanceId isStarted templateId snapshotId executionSnapshotId
  template { name } mock { nodes outputs } parameters extraInfo
}`

// task is what taskFields selects.
type task struct {
	ID, Name, State, Creator, CreateMethod, InstanceID, TemplateID string
	SnapshotID, ExecutionSnapshotID                                string
	CreateTime                                                     time.Time
	IsStarted                                                      bool
	Template                                                       struct{ Name string }
	Mock                                                           struct {
		Nodes   []string
		Outputs map[string]map[string]any
	}
	Parameters map[string]any
	ExtraInfo  json.RawMessage
}

// refund is the input of a mock task of the demo's first template.
func refund(templateID, name string) map[string]any {
	return map[string]any{
		"templateId": templateID, "name": name, "creator": "ann",
		"constants": map[string]any{"${order_no}": "A-2"},
		"mockData": map[string]any{
			"nodes":   []string{"fetch_order", "refund_payment"},
			"outputs": map[string]any{"fetch_order": map[string]any{"state": "paid"}, "refund_payment": map[string]any{"refund_no": "R-1"}},
		},
	}
}

func TestAFrontEndMakesAMockTaskAndReadsItBack(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil, "--dev")
	input := map[string]any{"input": refund(templateID(t, s, "refund an order"), "try a refund")}

	preview := query[struct {
		PreviewMockTask struct {
			Version              struct{ IsDraft bool }
			Mock                 struct{ Nodes []string }
			Parameters           map[string]any
			Warnings, UserErrors []userError
		}
	}](t, s, `query ($input: CreateMockTaskInput!) { previewMockTask(input: $input) {
	  version { isDraft } mock { nodes } parameters warnings { code message field } userErrors { code message field } } }`, input).PreviewMockTask
	if len(preview.UserErrors)+len(preview.Warnings) > 0 || !preview.Version.IsDraft || preview.Parameters["${order_no}"] != "A-2" {
		t.Errorf("preview %+v", preview)
	}
	if got := list(t, s); len(got) != 0 {
		t.Fatalf("a preview wrote %+v", got)
	}

	made := create(t, s, input)
	if made.State != "CREATED" || made.CreateMethod != "MOCK" || made.Creator != "ann" || made.Name != "try a refund" ||
		len(made.InstanceID) != 32 || made.IsStarted || made.Template.Name != "refund an order" {
		t.Errorf("made %+v", made)
	}
	within(t, made.CreateTime)
	if made.Mock.Outputs["fetch_order"]["state"] != "paid" || len(made.Mock.Nodes) != 2 || made.Parameters["${order_no}"] != "A-2" {
		t.Errorf("mock %+v, parameters %v", made.Mock, made.Parameters)
	}
	if made.SnapshotID == made.ExecutionSnapshotID {
		t.Error("a task with its own constants runs the tree of the version")
	}

	s.stop(t) // what was answered is on the disk
	again := serve(t, s.dir, nil, "--dev")
	read := query[struct{ Task task }](t, again, `query ($id: ID!) { task(id: $id) { ...T } } `+taskFields, map[string]any{"id": made.ID}).Task
	listed := list(t, again)
	if len(listed) != 1 {
		t.Fatalf("listed %+v", listed)
	}
	want, _ := json.Marshal(made)
	for how, found := range map[string]task{"task": read, "tasks": listed[0]} {
		if got, _ := json.Marshal(found); string(got) != string(want) {
			t.Errorf("%s gives %s, want %s", how, got, want)
		}
	}
}

// create makes a mock task that must not be refused.
func create(t *testing.T, s *server, input any) task {
	t.Helper()
	p := query[struct {
		CreateMockTask struct {
			Task                 *task
			Warnings, UserErrors []userError
		}
	}](t, s, `mutation ($input: CreateMockTaskInput!) { createMockTask(input: $input) {
	  task { ...T } warnings { code message field } userErrors { code message field } } } `+taskFields, input).CreateMockTask
	if p.Task == nil || len(p.UserErrors)+len(p.Warnings) > 0 {
		t.Fatalf("payload %+v", p)
	}
	return *p.Task
}

// list returns the newest tasks.
func list(t *testing.T, s *server) []task {
	t.Helper()
	return query[struct{ Tasks struct{ Nodes []task } }](t, s, `{ tasks { nodes { ...T } } } `+taskFields, nil).Tasks.Nodes
}
