package simulate_test

import (
	"encoding/json"
	"strings"
	"testing"

	"rehearse.dev/internal/engine/simulate"
)

func expectation(t *testing.T, text string) *simulate.Expectation {
	t.Helper()
	x := new(simulate.Expectation)
	if err := json.Unmarshal([]byte(text), x); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestDifferenceNamesTheFirstPlace(t *testing.T) {
	t.Parallel()
	const got = `{"states":{"a":{"state":"FINISHED","loop":1,"inner_loop":1}},"ops":[true],"virtual_seconds":5,
		"inputs":{"a":{"x":{"k":[1,2.0,"t"]}}},"outputs":{"a":{"ex_data":"why"}},"context":{"${k}":null},
		"history_counts":{"a":1},"trace":[["p","RUNNING"],["a","RUNNING"]]}`
	cases := map[string]struct{ from, to, want string }{
		"equal":         {``, ``, ""},
		"number form":   {`[1,2.0,"t"]`, `[1.0,2,"t"]`, ""},
		"any text":      {`"why"`, `{"$any":"string"}`, ""},
		"any number":    {`"why"`, `{"$any":"number"}`, "outputs[a].ex_data"},
		"item":          {`[1,2.0,"t"]`, `[1,3,"t"]`, "inputs[a].x.k[1]"},
		"length":        {`[1,2.0,"t"]`, `[1]`, "inputs[a].x.k"},
		"text or one":   {`[1,2.0,"t"]`, `["1",2,"t"]`, "inputs[a].x.k[0]"},
		"true or one":   {`[1,2.0,"t"]`, `[true,2,"t"]`, "inputs[a].x.k[0]"},
		"state":         {`FINISHED`, `FAILED`, "states[a]"},
		"unreached":     {`"states":{`, `"states":{"b":{"state":"FINISHED"},`, "states[b]: not reached"},
		"context key":   {`"${k}"`, `"${l}"`, "context[${k}]"},
		"context value": {`null`, `0`, "context[${k}]"},
		"operations":    {`[true]`, `[false]`, "ops"},
		"time":          {`_seconds":5`, `_seconds":5.5`, "virtual_seconds"},
		"histories":     {`"history_counts":{"a":1},`, ``, "history_counts[a]"},
		"order":         {`[["p","RUNNING"],["a","RUNNING"]]`, `[["a","RUNNING"],["p","RUNNING"]]`, "trace"},
		"rejected":      {`"ops"`, `"rejected":"stream","ops"`, "rejected"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := expectation(t, strings.Replace(got, c.from, c.to, 1))
			d := want.Difference(expectation(t, got))
			if (c.want == "") != (d == "") || !strings.HasPrefix(d, c.want) {
				t.Errorf("got %q, want it to begin with %q", d, c.want)
			}
		})
	}
}
