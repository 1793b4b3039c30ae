package enginetest_test

import (
	"slices"
	"strings"
	"testing"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// records returns the records of one kind.
func records(log []engine.Record, kind engine.RecordKind) []engine.Record {
	var out []engine.Record
	for _, r := range log {
		if r.Kind == kind {
			out = append(out, r)
		}
	}
	return out
}

func TestDecisionsTellEveryBranch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s g a e").Line("g b e").Line("g c e").Constant("n", 5).
		Exclusive("g", "a: ${n} > 3", "b: ${n} == ${nobody}", "c: default"))
	w.must(start)
	found := records(w.result.Log, engine.RecordDecision)
	if len(found) != 1 {
		t.Fatalf("%d decisions", len(found))
	}
	d := found[0].Decision
	if d.Language != "boolrule" || !slices.Equal(d.Taken, []string{"g__a"}) || len(d.Branches) != 3 {
		t.Fatalf("%+v", d)
	}
	a, b, c := d.Branches[0], d.Branches[1], d.Branches[2]
	if a.Text != "${n} > 3" || a.Rendered.Any != "5 > 3" || !a.Hit || !a.Taken || a.Target != "a" {
		t.Errorf("a: %+v", a)
	}
	named := slices.ContainsFunc(a.Operands, func(o engine.Operand) bool { return o.Value.Any == int64(5) })
	if !named {
		t.Errorf("a: the value of n is not among the operands: %+v", a.Operands)
	}
	if b.Hit || b.Taken || len(b.Unresolved) != 1 || b.Unresolved[0].Piece != "${nobody}" {
		t.Errorf("b: %+v", b)
	}
	if !c.Default || c.Taken {
		t.Errorf("c: %+v", c)
	}
}

func TestFailedDecisionsTellTheReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, branch("1 == 1", "bad bad"))
	w.must(start)
	d := records(w.result.Log, engine.RecordDecision)[0].Decision
	if len(d.Taken) != 0 || d.Branches[1].Error == "" || !d.Branches[0].Hit || d.Branches[0].Taken {
		t.Errorf("%+v", d)
	}
	if why := w.state.Rows["g"].Why; why.Rule != engine.RuleCondition || d.Why != why.Message {
		t.Errorf("%+v, %s", why, d.Why)
	}
}

func TestUnresolvedPiecesAreReportedWithTheirPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a e").Constant("v", "<${nobody}>").Echo("a", "x", "${v} ${1/zero}"))
	w.must(start)
	var got []string
	for _, r := range records(w.result.Log, engine.RecordUnresolved) {
		got = append(got, r.Node+" "+r.Unresolved.Field+" "+r.Unresolved.Piece)
		if r.Unresolved.Reason == "" {
			t.Errorf("%+v has no reason", r.Unresolved)
		}
	}
	if !slices.Equal(got, []string{"a ${v} ${nobody}", "a x ${1/zero}"}) {
		t.Errorf("%v", got)
	}
}

func TestHistoryRecordsKeepTheExecutionThatIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a e").Echo("a", "x", 1, "_fail", "no"))
	w.must(start)
	w.must(engine.Event{Kind: engine.EventOperation, Operation: &engine.Operation{Op: engine.OpSkip, Node: "a"}})
	found := records(w.result.Log, engine.RecordHistory)
	if len(found) != 1 || found[0].Node != "a" || found[0].State != engine.Failed {
		t.Fatalf("%+v", found)
	}
	if x, _ := found[0].History.Outputs.Get("x"); x != int64(1) {
		t.Errorf("outputs %v", found[0].History.Outputs.Dict)
	}
}

func TestReferenceCyclesAreNamed(t *testing.T) {
	t.Parallel()
	tree := New().Line("s a e").Constant("x", "${y}").Constant("y", "${z}!").Constant("z", "${x}").Echo("a", "v", "${y}")
	w := newWorld(t, tree)
	w.must(start)
	if why := w.state.Rows["a"].Why; why.Rule != engine.RuleHydration || !strings.Contains(why.Message, "${y} → ${z} → ${x} → ${y}") {
		t.Errorf("%+v", why)
	}
}

func TestCheckVariablesFindsEveryBrokenOne(t *testing.T) {
	t.Parallel()
	inner := Sub("a", "i", "j").Line("i x j").Constant("m", "${m}").Constant("shown", "${k}", "custom_type", "json_variable", "show_type", "show")
	tree := New().Line("s a e").Inner("a", inner).
		Constant("k", "K").Constant("c1", "${c2}").Constant("c2", "${c1}").Constant("user", "${c1}${j}").
		Constant("j", "{bad", "custom_type", "json_variable").Bind("o", "a._result").Constant("late", "${o}")
	p, err := flow.Parse(tree.JSON())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, problem := range engine.CheckVariables(p) {
		if problem.Code != flow.Variable {
			t.Errorf("code %s", problem.Code)
		}
		got = append(got, strings.Join(problem.Path, "."))
	}
	want := []string{
		"constants.${c1}.value", "constants.${c2}.value", "constants.${j}.value", "activities.a.pipeline.constants.${m}.value",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParametersOfASubProcessAreNoCycle(t *testing.T) {
	t.Parallel()
	inner := Sub("a", "s2", "e2").Line("s2 x e2").Constant("k", "${k}", "show_type", "show").Constant("h", "<${k}>").
		Constant("l", "${l}").Constant("j", "{", "show_type", "show", "custom_type", "json_variable")
	problems := engine.CheckVariables(parsed(t, New().Line("s a e").Constant("k", "K").Inner("a", inner)))
	var keys []string
	for _, p := range problems {
		keys = append(keys, p.Path[len(p.Path)-2])
	}
	if got := strings.Join(keys, " "); got != "${l} ${j}" {
		t.Errorf("problems at %q", got)
	}
}

func TestCompileReportsEverythingThatIsMissing(t *testing.T) {
	t.Parallel()
	p, err := flow.Parse([]byte(`{"activities":{"a":{"id":"a","type":"ServiceActivity","outgoing":"nowhere"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = engine.Compile(p, engine.Options{})
	f := fault.As(err)
	if f == nil || len(f.Problems) < 1 || f.Problems[0].Code != engine.InvalidTree {
		t.Errorf("%v", err)
	}
	if problems := engine.CheckVariables(p); len(problems) != 0 {
		t.Errorf("%v", problems)
	}
}
