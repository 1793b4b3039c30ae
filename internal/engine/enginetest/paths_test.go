package enginetest_test

import (
	"slices"
	"testing"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/enginetest"
	"rehearse.dev/internal/engine/simulate"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/flow"
)

// referring makes a sub-process that names a template with these constants.
func referring(t *Tree, id string, constants ...any) *Tree {
	return t.Set(id, "type", "SubProcess", "template_id", 7, "constants", object(members(constants)))
}

// leaf is a template: it echoes its shown constant k and puts out r.
func leaf(tb testing.TB) *flow.Pipeline {
	return parsed(tb, Sub("leaf", "s", "e").Line("s x y e").Echo("x", "v", "${k}").Bind("r", "x.v").
		Constant("k", "own", "show_type", "show").Constant("h", "<${k}>").Echo("y", "v", "${h}").Outputs("r"))
}

func parsed(tb testing.TB, tree *Tree) *flow.Pipeline {
	tb.Helper()
	p, err := flow.Parse(tree.JSON())
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// twice uses leaf as a and b, with the outputs bound to ra and rb.
func twice(tb testing.TB) *flow.Pipeline {
	tb.Helper()
	outer := New().Line("s a b z e").Constant("k", "K").Bind("ra", "a.${r}").Bind("rb", "b.${r}").Echo("z", "v", "${ra}+${rb}")
	p, err := parsed(tb, referring(referring(outer, "a", "${k}", "${k}1"), "b", "${k}", "two")).
		Inline(map[string]*flow.Inlined{"a": {Tree: leaf(tb)}, "b": {Tree: leaf(tb)}})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// byPath compiles a tree whose inner nodes are named by path.
func byPath(tb testing.TB, p *flow.Pipeline) *engine.Plan {
	tb.Helper()
	plan, err := engine.Compile(p, engine.Options{Plugins: enginetest.Registry(), InnerPaths: true})
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

func simulated(t *testing.T, plan *engine.Plan, mock engine.Mock) *simulate.Run {
	t.Helper()
	run := simulate.New(plan, simulate.Config{Init: engine.Init{Mock: mock}, RoundTrip: true})
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	return run
}

// out is an output of a node as JSON.
func out(run *simulate.Run, node, key string) string {
	row := run.State().Rows[node]
	if row == nil {
		return "unreached"
	}
	return value(row.Outputs.Dict, key, "")
}

func wantOut(t *testing.T, run *simulate.Run, wants ...string) {
	t.Helper()
	for i := 0; i < len(wants); i += 3 {
		if got := out(run, wants[i], wants[i+1]); got != wants[i+2] {
			t.Errorf("the output %s of %s is %s, not %s", wants[i+1], wants[i], got, wants[i+2])
		}
	}
}

func TestOneTemplateRunsTwiceInOneTree(t *testing.T) {
	t.Parallel()
	p := twice(t)
	plan := byPath(t, p)
	var paths []string
	for _, n := range p.Paths() {
		paths = append(paths, n.Path)
		if info, ok := plan.Node(n.Path); !ok || info.ID != n.Node.ID || info.Kind != n.Node.Kind {
			t.Errorf("%s is %+v in the plan", n.Path, info)
		}
	}
	if got := plan.Keys(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(paths))) {
		t.Errorf("keys %q", got)
	}
	if info, _ := plan.Node("a/x"); info.Parent != "a" || info.Plugin != "test_echo" {
		t.Errorf("%+v", info)
	}
	run := simulated(t, plan, engine.Mock{})
	wantOut(t, run, "a/x", "v", `"K1"`, "a/y", "v", `"<K1>"`, "b/x", "v", `"two"`, "b/y", "v", `"<two>"`, "z", "v", `"K1+two"`)
	if s := run.State(); s.Show(plan) != engine.Shown(engine.Finished) || s.Rows["a/x"].Parent != "a" || s.Rows["x"] != nil {
		t.Errorf("rows %v", s.Rows)
	}
	for _, r := range run.Log() {
		if _, known := plan.Node(r.Node); !known && r.Node != plan.Root() {
			t.Errorf("a record names %s", r.Node)
		}
	}
}

func TestPathsNameMocksAndTargetsOfOperations(t *testing.T) {
	t.Parallel()
	plan := byPath(t, twice(t))
	run := simulated(t, plan, engine.Mock{
		Nodes: []string{"a/x", "b/x"}, Outputs: map[string]engine.Value{"a/x": {Any: expr.DictOf("v", "mocked")}},
		FailNodes: []string{"b/x"}, Errors: map[string]string{"b/x": "no luck"},
	})
	wantOut(t, run, "a/x", "v", `"mocked"`, "b/x", "ex_data", `"no luck"`)
	if s := run.State(); s.ShowNode(plan, "b") != engine.Shown(engine.Failed) || s.ShowNode(plan, "a") != engine.Shown(engine.Finished) {
		t.Errorf("a is %s, b is %s", s.ShowNode(plan, "a"), s.ShowNode(plan, "b"))
	}
	if err := run.Apply(engine.Operation{Op: engine.OpRetry, Node: "x"}); err == nil {
		t.Error("a bare inner id is taken")
	}
	if err := run.Apply(engine.Operation{Op: engine.OpRetry, Node: "b/x"}); err != nil || run.State().Rows["b/x"].Retry != 1 {
		t.Errorf("%v", err)
	}
	if err := run.Apply(engine.Operation{Op: engine.OpSkip, Node: "b/x"}); err != nil {
		t.Fatal(err)
	}
	if s := run.State(); s.Show(plan) != engine.Shown(engine.Finished) || !s.Rows["b/x"].Skip {
		t.Errorf("the run is %s", s.Show(plan))
	}
}

func TestAMockedSubProcessIsNotEntered(t *testing.T) {
	t.Parallel()
	// a holds its tree, c stays a reference, and d is one in the form of a plugin.
	tree := New().Line("s a c d z e").Bind("ra", "a.${r}").Bind("rc", "c.${r}").Bind("rd", "d.${r}").Echo("z", "v", "${ra}+${rc}+${rd}").
		Constant("k", "K")
	referring(referring(tree, "a", "${k}", "two"), "c", "${k}", "${k}!")
	tree.Activity("d", "subprocess_plugin@1.0.0", "subprocess", object(members([]any{"template_id", 9})))
	p, err := parsed(t, tree).Inline(map[string]*flow.Inlined{"a": {Tree: leaf(t)}})
	if err != nil {
		t.Fatal(err)
	}
	plan := byPath(t, p)
	mock := engine.Mock{Nodes: []string{"a", "c", "d"}, Outputs: map[string]engine.Value{
		"a": {Any: expr.DictOf("${r}", 1)}, "c": {Any: expr.DictOf("${r}", 2)}, "d": {Any: expr.DictOf("${r}", 3)},
	}}
	run := simulated(t, plan, mock)
	wantOut(t, run, "z", "v", `"1+2+3"`, "a/x", "v", "unreached", "c", "_result", "true")
	if got := value(run.State().Rows["c"].Inputs.Dict, "${k}", ""); got != `"K!"` {
		t.Errorf("c was entered with %s", got)
	}

	run = simulated(t, plan, engine.Mock{Nodes: []string{"a", "d"}, FailNodes: []string{"a"}})
	wantOut(t, run, "a", "ex_data", `"mock failed"`)
	if err := run.Apply(engine.Operation{Op: engine.OpSkip, Node: "a"}); err != nil {
		t.Fatal(err)
	}
	if why := run.State().Rows["c"].Why; why == nil || why.Rule != engine.RuleUnknownPlugin {
		t.Errorf("a reference without its tree ends with %+v", why)
	}
	if info, _ := plan.Node("d"); info.Kind != flow.NodeKind(flow.SubProcess) || info.Plugin != "" {
		t.Errorf("%+v", info)
	}
	if _, err := engine.Compile(p, engine.Options{Plugins: enginetest.Registry()}); err == nil {
		t.Error("a reference compiles without the switch")
	}
}

func TestAMockedSubProcessMeetsTheRerunLimit(t *testing.T) {
	t.Parallel()
	tree := New().Line("s a g e").Line("g a").Exclusive("g", "a: 1 == 1", "e: 1 == 2")
	plan := byPath(t, parsed(t, referring(tree, "a")))
	run := simulate.New(plan, simulate.Config{Init: engine.Init{Mock: engine.Mock{Nodes: []string{"a"}}, RerunLimit: 3}})
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	if row := run.State().Rows["a"]; row.State != engine.Failed || row.Why.Rule != engine.RuleRerunLimit {
		t.Errorf("a is %s after %d runs", row.State, row.Runs)
	}
}
