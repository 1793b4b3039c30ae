package plugin_test

import (
	"strings"
	"testing"

	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/plugin"
)

func TestApprovalWaitsForAVerdict(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		inputs, data []any
		ok           bool
		word, reason string
	}{
		"passed":                  {nil, []any{"approve_result", true}, true, "通过", ""},
		"refused":                 {nil, []any{"approve_result", false}, false, "拒绝", "refused"},
		"refused, blocks":         {[]any{"rejected_block", true}, []any{"approve_result", false}, false, "拒绝", "refused"},
		"refused, does not block": {[]any{"rejected_block", false}, []any{"approve_result", false}, true, "拒绝", ""},
		"no verdict":              {nil, []any{"other", true}, false, "", "approve_result"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := call(c.inputs...)
			if a := (plugin.Approve{}).Execute(at); !a.OK || a.Done {
				t.Fatalf("opened: %+v", a)
			}
			at.Callback, at.HasCallback = expr.DictOf(c.data...), true
			answer := (plugin.Approve{}).Schedule(at)
			word, _ := at.Outputs.Get("approve_result")
			reason, _ := at.Outputs.Get("ex_data")
			if answer.OK != c.ok || expr.Str(word) != c.word && c.word != "" || !strings.Contains(expr.Str(reason), c.reason) {
				t.Errorf("%+v, %v, %v", answer, word, reason)
			}
		})
	}
	for _, data := range []any{nil, "yes", []any{true}} {
		at := call()
		at.Callback, at.HasCallback = data, true
		if a := (plugin.Approve{}).Schedule(at); a.OK {
			t.Errorf("%v is taken", data)
		}
	}
}

func TestTicketNamesOneExecution(t *testing.T) {
	t.Parallel()
	ticket := func(task, node, version string) string {
		at := call()
		at.System, at.Node, at.Version = expr.DictOf("task_id", task), node, version
		(plugin.Approve{}).Execute(at)
		sn, _ := at.Outputs.Get("sn")
		return expr.Str(sn)
	}
	first := ticket("1", "a", "v1")
	if first != ticket("1", "a", "v1") || len(first) != 16 {
		t.Errorf("ticket %s", first)
	}
	for _, other := range []string{ticket("2", "a", "v1"), ticket("1", "b", "v1"), ticket("1", "a", "v2")} {
		if other == first {
			t.Error("two executions share a ticket")
		}
	}
}

func TestUnservedPluginFailsAndSaysSo(t *testing.T) {
	t.Parallel()
	for _, of := range [][2]string{{"bk_notify", "v1.0"}, {"dmn_plugin", "v1.0.0"}, {"python_code", "v1.0.0"}, {"remote_plugin", "1.0.0"}} {
		p, ok := plugin.Builtin().Lookup(of[0], of[1])
		u, is := p.(plugin.Unserved)
		if !ok || !is || plugin.Served(of[0], of[1]) {
			t.Fatalf("%v: known=%v, unserved=%v", of, ok, is)
		}
		at := call()
		answer := u.Execute(at)
		reason, _ := at.Outputs.Get("ex_data")
		if answer.OK || !strings.Contains(expr.Str(reason), of[0]) || !strings.Contains(expr.Str(reason), "mock") {
			t.Errorf("%+v, %v", answer, reason)
		}
	}
	for _, of := range [][2]string{{"bk_display", "v1.0"}, {"uniform_api", "v4.0.0"}, {"bk_http_request", "v1.0"}, {"bk_approve", "v1.0"}} {
		if !plugin.Served(of[0], of[1]) {
			t.Errorf("%v is served", of)
		}
	}
	if plugin.Served("nobody", "v1.0") || plugin.Served("bk_display", "legacy") {
		t.Error("an unknown plugin is served")
	}
}
