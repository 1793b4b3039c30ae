package app_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const problemFields = ` { code message field nodeId pipelineCode }`

const taskFields = `
fragment T on Task {
  id spaceId scopeType scopeValue instanceId templateId name creator createTime createMethod triggerMethod executor
  startTime finishTime description isStarted isFinished isRevoked isDeleted isExpired state
  snapshotId executionSnapshotId treeInfoId extraInfo parameters
  mock { nodes outputs mockDataIds failures }
  executionSnapshot { id digest pipelineTree nodes { id name type activity { autoRetryTimes autoRetryInterval timeoutSeconds } } }
}`

const createDocument = `mutation Create($input: CreateMockTaskInput!) {
  createMockTask(input: $input) { task { ...T } warnings` + problemFields + ` userErrors` + problemFields + ` }
}` + taskFields

const previewDocument = `query Preview($input: CreateMockTaskInput!) {
  previewMockTask(input: $input) {
    version { id isDraft version } executionDigest mock { nodes outputs mockDataIds failures } parameters notifyConfig
    warnings` + problemFields + ` userErrors` + problemFields + `
  }
}`

// order is the tree of testdata/order.json with texts replaced pair by pair.
func order(t testing.TB, pairs ...string) json.RawMessage {
	t.Helper()
	doc, err := os.ReadFile("testdata/order.json")
	fatal(t, err)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(doc), pairs[i]) {
			t.Fatalf("the tree has no %q", pairs[i])
		}
	}
	return json.RawMessage(strings.NewReplacer(pairs...).Replace(string(doc)))
}

// change sends a mutation that has to succeed and returns its payload.
func (c *client) change(t testing.TB, mutation, inputType, selection string, input vars) any {
	t.Helper()
	data := c.query(t, `mutation($input: `+inputType+`!) { `+mutation+`(input: $input) { `+selection+
		` userErrors`+problemFields+` } }`, vars{"input": input})
	if problems := problemsAt(data, mutation+".userErrors"); len(problems) > 0 {
		t.Fatalf("%s is refused: %q", mutation, problems)
	}
	return at(data, mutation)
}

func (c *client) newSpace(t testing.TB, name string) string {
	t.Helper()
	return text(c.change(t, "createSpace", "CreateSpaceInput", "space { id }", vars{"name": name}), "space.id")
}

// template makes a template with a draft; more is merged into the input.
func (c *client) template(t testing.TB, tree json.RawMessage, more ...vars) string {
	t.Helper()
	input := vars{"spaceId": c.space, "name": "orders", "pipelineTree": tree}
	for _, m := range more {
		maps.Copy(input, m)
	}
	return text(c.change(t, "createTemplate", "CreateTemplateInput", "template { id }", input), "template.id")
}

func (c *client) release(t testing.TB, id string) {
	t.Helper()
	c.change(t, "releaseTemplate", "ReleaseTemplateInput", "release { id }", vars{"id": id})
}

func (c *client) save(t testing.TB, id string, tree json.RawMessage) {
	t.Helper()
	c.change(t, "saveTemplateDraft", "SaveTemplateDraftInput", "draft { id }", vars{"id": id, "pipelineTree": tree})
}

func (c *client) preset(t testing.TB, template, node, outputs string) string {
	t.Helper()
	payload := c.change(t, "createMockPreset", "CreateMockPresetInput", "preset { id }", vars{
		"templateId": template, "nodeId": node, "name": "a preset", "outputs": json.RawMessage(outputs),
	})
	return text(payload, "preset.id")
}

// input is a minimal CreateMockTaskInput with more merged into it.
func input(template string, more ...vars) vars {
	in := vars{"templateId": template, "name": "try", "creator": "me"}
	for _, m := range more {
		maps.Copy(in, m)
	}
	return in
}

// raw is JSON text as a value.
func raw(text string) json.RawMessage { return json.RawMessage(text) }

// problemsAt lists user errors or warnings as "CODE path @node", sorted; the finer
// code follows a slash.
func problemsAt(v any, path string) []string {
	problems := []string{}
	for _, p := range list(v, path) {
		word := text(p, "code")
		if sub := text(p, "pipelineCode"); sub != "" {
			word += "/" + sub
		}
		var field []string
		for _, step := range list(p, "field") {
			field = append(field, step.(string))
		}
		word += " " + strings.Join(field, ".")
		if node := text(p, "nodeId"); node != "" {
			word += " @" + node
		}
		problems = append(problems, word)
	}
	slices.Sort(problems)
	return problems
}

// topLevel lists the top-level errors as "!CODE path", with the problems below
// them as "!CODE/PROBLEM path".
func topLevel(a *answer) []string {
	var found []string
	for _, e := range a.errors {
		code := "!" + text(e, "extensions.code")
		problems := list(e, "extensions.problems")
		for _, p := range problems {
			var path []string
			for _, step := range list(p, "path") {
				path = append(path, step.(string))
			}
			found = append(found, code+"/"+text(p, "code")+" "+strings.Join(path, "."))
		}
		if len(problems) == 0 {
			var path []string
			for _, step := range list(e, "path") {
				path = append(path, strings.Trim(asJSON(step), `"`))
			}
			found = append(found, strings.TrimSpace(code+" "+strings.Join(path, ".")))
		}
	}
	slices.Sort(found)
	return found
}

func equalProblems(t testing.TB, what string, got, want []string) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s\n got %q\nwant %q", what, got, want)
	}
}

// create makes a task, which has to succeed with these warnings, and returns the
// payload. Before that, the preview must agree and write nothing.
func (c *client) create(t testing.TB, in vars, warnings ...string) any {
	t.Helper()
	var preview any
	c.unchanged(t, func() { preview = at(c.query(t, previewDocument, vars{"input": in}), "previewMockTask") })
	payload := at(c.query(t, createDocument, vars{"input": in}), "createMockTask")
	equalProblems(t, "problems", problemsAt(payload, "userErrors"), nil)
	equalProblems(t, "warnings", problemsAt(payload, "warnings"), warnings)
	if at(payload, "task") == nil {
		t.Fatalf("no task: %s", asJSON(payload))
	}
	for was, is := range map[string]string{
		"userErrors": "userErrors", "warnings": "warnings", "mock": "task.mock", "parameters": "task.parameters",
		"executionDigest": "task.executionSnapshot.digest", "notifyConfig": "task.extraInfo.notifyConfig",
	} {
		if p, q := asJSON(at(preview, was)), asJSON(at(payload, is)); p != q {
			t.Errorf("the preview's %s is %s, the task's %s", was, p, q)
		}
	}
	return payload
}

// refused sends a task that has to be refused with exactly these problems, by the
// preview too, without anything being written. It returns the answer.
func (c *client) refused(t testing.TB, in vars, problems ...string) *answer {
	t.Helper()
	var a *answer
	c.unchanged(t, func() {
		a = c.ask(t, createDocument, vars{"input": in})
		preview := c.ask(t, previewDocument, vars{"input": in})
		if len(a.errors) > 0 {
			equalProblems(t, "errors", topLevel(a), problems)
			if at(a.data, "createMockTask.task") != nil {
				t.Error("there is a task beside the errors")
			}
			return
		}
		got := problemsAt(a.data, "createMockTask.userErrors")
		equalProblems(t, "problems", got, problems)
		equalProblems(t, "problems of the preview", problemsAt(preview.data, "previewMockTask.userErrors"), got)
		if at(a.data, "createMockTask.task") != nil {
			t.Error("a refused task came back")
		}
	})
	return a
}

// number reads a global id.
func number(t testing.TB, id string) int {
	t.Helper()
	n, err := strconv.Atoi(id)
	fatal(t, err)
	return n
}
