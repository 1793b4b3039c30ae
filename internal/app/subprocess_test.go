package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/simulate"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/plugin"
)

// row is a tree of activities in a row: each is its id and its members; more are
// the constants and the outputs.
func row(constants, outputs string, activities ...string) json.RawMessage {
	acts, flows := []string{}, []string{}
	last := "start"
	for i, a := range append(activities, "end") {
		id, members, _ := strings.Cut(a, " ")
		flows = append(flows, fmt.Sprintf(`"l%d": {"id": "l%d", "source": %q, "target": %q, "is_default": false}`, i, i, last, id))
		if last = id; id != "end" {
			acts = append(acts, fmt.Sprintf(`%q: {"id": %q, "name": %q, "incoming": ["l%d"], "outgoing": "l%d", %s}`, id, id, id, i, i+1, members))
		}
	}
	return raw(fmt.Sprintf(`{
		"start_event": {"id": "start", "name": "", "type": "EmptyStartEvent", "incoming": "", "outgoing": "l0"},
		"end_event": {"id": "end", "name": "", "type": "EmptyEndEvent", "incoming": ["l%d"], "outgoing": ""},
		"activities": {%s}, "gateways": {}, "flows": {%s}, "constants": {%s}, "outputs": [%s]}`,
		len(activities), strings.Join(acts, ","), strings.Join(flows, ","), constants, outputs))
}

func constant(key, show, value string) string {
	return fmt.Sprintf(`%q: {"key": %q, "name": "v", "show_type": %q, "source_type": "custom", "source_info": {}, "custom_type": "input", "value": %s}`, key, key, show, value)
}

func bound(key, node, output string) string {
	return fmt.Sprintf(`%q: {"key": %q, "name": "v", "show_type": "hide", "source_type": "component_outputs", "source_info": {%q: [%q]}, "custom_type": "", "value": ""}`, key, key, node, output)
}

func service(id, code, version, data string) string {
	return fmt.Sprintf(`%s "type": "ServiceActivity", "component": {"code": %q, "version": %q, "data": {%s}}`, id, code, version, data)
}

func display(id, message string) string {
	return service(id, "bk_display", "v1.0", fmt.Sprintf(`"bk_display_message": {"hook": false, "need_render": true, "value": %q}`, message))
}

func sub(id, template, more string) string {
	return fmt.Sprintf(`%s "type": "SubProcess", "template_id": %s%s`, id, template, more)
}

// child is a template that asks for something and tells of it.
func child() json.RawMessage {
	return row(constant("${k}", "show", `"own"`)+","+bound("${r}", "ask", "data"), `"${r}"`,
		service("ask", "uniform_api", "v3.0.0", `"url": {"hook": false, "need_render": true, "value": "http://example.com/${k}"}`),
		display("tell", "${k}: ${r}"))
}

// released makes a template with a release and no draft.
func (c *client) released(t testing.TB, tree json.RawMessage) string {
	t.Helper()
	id := c.template(t, tree)
	c.release(t, id)
	return id
}

// executed runs the tree of a task with its mock data in virtual time.
func executed(t testing.TB, task any) *simulate.Run {
	t.Helper()
	tree, err := flow.Parse([]byte(asJSON(at(task, "executionSnapshot.pipelineTree"))))
	fatal(t, err)
	plan, err := engine.Compile(tree, engine.Options{Plugins: plugin.Builtin(), InnerPaths: true})
	fatal(t, err)
	var data simulate.MockData
	fatal(t, json.Unmarshal([]byte(asJSON(at(task, "mock"))), &data))
	run := simulate.New(plan, simulate.Config{Init: engine.Init{Mock: data.Engine()}})
	fatal(t, run.Start())
	return run
}

func TestOneTemplateIsUsedTwiceByATask(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	c.credential(t, "N", "BK_APP", appPair("space-n"))
	c.configure(t, vars{"apiGatewayCredentialName": "N"})
	b := c.released(t, child())
	preset := c.preset(t, b, "ask", `{"data": "from the preset"}`)
	c.save(t, b, row("", "", display("unfinished", "x"))) // a draft, which no sub-process runs
	a := c.template(t, row(constant("${k}", "show", `"K"`)+","+bound("${one}", "first", "${r}")+","+bound("${two}", "second", "${r}"), "",
		sub("first", b, `, "constants": {"${k}": {"key": "${k}", "show_type": "show", "value": "${k}1"}}`),
		sub("second", `"`+b+`"`, `, "always_use_latest": true, "constants": {"${k}": "two", "${gone}": 1}`), display("sum", "${one}+${two}")))

	unknown := "UNKNOWN_CONSTANT input.templateId @second"
	in := input(a, vars{"constants": vars{"${k}": "J"}, "mockData": vars{
		"nodes": []string{"first/ask", "second"}, "mockDataIds": raw(`{"first/ask": ` + preset + `}`),
	}})
	t.Run("one use has an inner mock by a preset of its template", func(t *testing.T) {
		task := at(c.create(t, in), "task")
		same(t, task, "mock.outputs", `{"first/ask":{"data":"from the preset"}}`)
		same(t, task, "executionSnapshot.pipelineTree.activities.first.pipeline.id", `"first"`)
		same(t, task, "executionSnapshot.pipelineTree.activities.first.pipeline.constants.${k}.value", `"${k}1"`)
		same(t, task, "executionSnapshot.pipelineTree.activities.second.pipeline", `null`)
		run := executed(t, task)
		if got := run.State().Rows["first/tell"]; got == nil || expr.Str(got.Inputs.Dict) != "{'bk_display_message': 'J1: from the preset', '_loop': 1, '_inner_loop': 1}" {
			t.Errorf("first/tell had %+v", got)
		}
		nodes := c.query(t, `query($id: ID!) { task(id: $id) { nodes { id nodeId type mocked } } }`, vars{"id": text(task, "id")})
		var got []string
		for _, n := range list(nodes, "task.nodes") {
			word := text(n, "nodeId")
			if at(n, "mocked") == true {
				word += "*"
			}
			if text(n, "id") != text(task, "id")+":"+text(n, "nodeId") {
				t.Errorf("the id is %s", text(n, "id"))
			}
			got = append(got, word)
		}
		if want := "start first first/start first/ask* first/tell first/end second* sum end"; strings.Join(got, " ") != want {
			t.Errorf("nodes %q", got)
		}
	})
	t.Run("both uses run, with their own parameters and outputs", func(t *testing.T) {
		both := input(a, vars{"mockData": raw(`{"nodes": ["first/ask", "second/ask"], "outputs": {"first/ask": {"data": 1}, "second/ask": {"data": 2}}}`)})
		task := at(c.create(t, both, unknown), "task")
		run := executed(t, task)
		for node, want := range map[string]string{"first/tell": "K1: 1", "second/tell": "two: 2", "sum": "1+2"} {
			if got, _ := run.State().Rows[node].Inputs.Get("bk_display_message"); got != want {
				t.Errorf("%s had %v, not %s", node, got, want)
			}
		}
		if again := at(c.create(t, both, unknown), "task"); text(again, "executionSnapshotId") != text(task, "executionSnapshotId") {
			t.Error("equal trees are stored twice")
		}
	})
	t.Run("the whole is mocked, by formatted names", func(t *testing.T) {
		whole := input(a, vars{"mockData": raw(`{"nodes": ["first", "second", "first/ask"], "outputs": {"first": {"${r}": 1}, "second": {"${r}": 2}}}`)})
		task := at(c.create(t, whole, "INERT_OUTPUTS input.mockData.nodes.2 @first/ask"), "task")
		if text(task, "executionSnapshotId") != text(task, "snapshotId") {
			t.Error("a tree was put in that never runs")
		}
		if got, _ := executed(t, task).State().Rows["sum"].Inputs.Get("bk_display_message"); got != "1+2" {
			t.Errorf("sum had %v", got)
		}
	})
	t.Run("credentials of inner nodes are foretold by path", func(t *testing.T) {
		data := c.query(t, credentialsDocument, vars{"input": input(a, vars{"mockData": vars{"nodes": []string{"second/ask"}}})})
		same(t, data, "previewMockTask.credentials.0.nodeId", `"first/ask"`)
		same(t, data, "previewMockTask.credentials.0.appCode", `"space-n"`)
		if n := len(list(data, "previewMockTask.credentials")); n != 1 {
			t.Errorf("%d nodes", n)
		}
	})
	t.Run("nodes that are not there are refused, with the path that is", func(t *testing.T) {
		answer := c.refused(t, input(a, vars{"mockData": raw(`{"nodes": ["ask", "first/ghost", "sum/x", "second/end"]}`)}),
			"UNKNOWN_NODE input.mockData.nodes.0 @ask", "UNKNOWN_NODE input.mockData.nodes.1 @first/ghost",
			"UNKNOWN_NODE input.mockData.nodes.2 @sum/x", "NOT_AN_ACTIVITY input.mockData.nodes.3 @second/end")
		if message := text(answer.data, "createMockTask.userErrors.0.message"); !strings.Contains(message, "first/ask or second/ask") {
			t.Errorf("the message is %q", message)
		}
		own := c.preset(t, a, "sum", `{}`)
		c.refused(t, input(a, vars{"mockData": raw(`{"nodes": ["first/ask"], "mockDataIds": {"first/ask": ` + own + `}}`)}),
			"UNKNOWN_PRESET input.mockData.mockDataIds.first/ask @first/ask")
	})
}
