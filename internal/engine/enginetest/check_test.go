package enginetest_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/enginetest"
	"rehearse.dev/internal/engine/simulate"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// row is one test of a row of the conformance table (engine §13).
type row struct {
	name string
	tree *Tree
	// mock and ops are JSON in the form of the cases; request is merged in.
	mock, ops, request string
	// want lists facts, one a line: "a FINISHED", "b -" (unreached), "a.retry 1",
	// "b.in.y [1,2]", "a.out.ex_data *" (any text), "p.out.${o} 5", "seconds 10",
	// "ops [true,false]", "context.${k} 1", "histories.a 2", "a.why MOCK", "rejected stream".
	want string
}

// play runs a row and returns its run, nil when the tree was refused.
func (r *row) play(t *testing.T) (*simulate.Run, []bool, string) {
	t.Helper()
	c := simulate.Case{Name: r.name}
	if r.request != "" {
		parse(t, r.request, &c.Request)
	}
	c.Request.Tree = r.tree.JSON()
	if r.mock != "" {
		c.Request.Mock = new(simulate.MockData)
		parse(t, r.mock, c.Request.Mock)
	}
	if r.ops != "" {
		parse(t, r.ops, &c.Request.Ops)
	}
	run, ops, rejected, err := c.Run(enginetest.Registry(), simulate.Config{RoundTrip: true})
	if err != nil {
		t.Fatal(err)
	}
	return run, ops, rejected
}

func (r *row) test(t *testing.T) {
	t.Parallel()
	run, ops, rejected := r.play(t)
	for line := range strings.Lines(r.want) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		fact, want, _ := strings.Cut(line, " ")
		if got := observe(t, run, ops, rejected, fact, want); got != want {
			t.Errorf("%s: got %s, want %s", fact, got, want)
		}
	}
}

// observe reads the fact that want is compared with.
func observe(t *testing.T, run *simulate.Run, ops []bool, rejected, fact, want string) string {
	t.Helper()
	switch {
	case fact == "rejected":
		return rejected
	case run == nil:
		return "rejected as " + rejected
	case fact == "ops":
		raw, _ := json.Marshal(ops)
		return string(raw)
	case fact == "seconds":
		return strconv.FormatFloat(run.Elapsed().Seconds(), 'f', -1, 64)
	}
	part, rest, _ := strings.Cut(fact, ".")
	switch part {
	case "context":
		return value(run.Context(), rest, want)
	case "histories":
		return strconv.Itoa(run.State().Rows[rest].Histories)
	}
	row := run.State().Rows[part]
	if row == nil {
		return "-"
	}
	field, key, _ := strings.Cut(rest, ".")
	switch field {
	case "":
		return string(row.State)
	case "in":
		return value(row.Inputs.Dict, key, want)
	case "out":
		return value(row.Outputs.Dict, key, want)
	case "retry":
		return strconv.Itoa(row.Retry)
	case "loop":
		return strconv.Itoa(row.Loop)
	case "inner":
		return strconv.Itoa(row.InnerLoop)
	case "skip":
		return strconv.FormatBool(row.Skip)
	case "ignored":
		return strconv.FormatBool(row.ErrorIgnored)
	case "why":
		return string(row.Why.Rule)
	default:
		t.Fatalf("unknown fact %s", fact)
		return ""
	}
}

// value shows a member as JSON, "-" when it is missing, "*" for any text where
// that is wanted; the empty key is the whole object.
func value(d *expr.Dict, key, want string) string {
	v, ok := d.Get(key)
	if key == "" {
		v, ok = d, true
	}
	if !ok {
		return "-"
	}
	if s, isText := v.(string); isText && s != "" && want == "*" {
		return "*"
	}
	raw, err := expr.Encode(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func parse(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// compile makes a plan with the test plugins out of a tree.
func compile(tb testing.TB, tree *Tree) *engine.Plan {
	tb.Helper()
	plan, problems := tryCompile(tb, tree, 0)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return plan
}

// tryCompile makes a plan, or says why the tree is refused.
func tryCompile(tb testing.TB, tree *Tree, stepLimit int) (*engine.Plan, []fault.Problem) {
	tb.Helper()
	p, err := flow.Parse(tree.JSON())
	if err != nil {
		tb.Fatal(err)
	}
	if problems := p.Validate(); len(problems) > 0 {
		return nil, problems
	}
	plan, err := engine.Compile(p, engine.Options{Plugins: enginetest.Registry(), StepLimit: stepLimit})
	if err != nil {
		tb.Fatal(fault.As(err).Problems)
	}
	return plan, nil
}
