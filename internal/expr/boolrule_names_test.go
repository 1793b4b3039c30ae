package expr_test

import (
	"testing"

	"rehearse.dev/internal/expr"
)

func TestRuleLooksNamesUp(t *testing.T) {
	t.Parallel()
	resp, err := expr.Decode([]byte(`{"result": true, "code": 0, "data": {"state": "ok", "n": 3, "tags": ["a", "b"]}, "none": null}`))
	if err != nil {
		t.Fatal(err)
	}
	names := expr.DictOf("resp", resp)
	for text, want := range map[string]bool{
		`resp.result == True`:                            true,
		`resp.result == false`:                           false,
		`resp.code == 0 and resp.data.state == "ok"`:     true,
		`${resp.data.n} > 2`:                             true,
		`"a" in resp.data.tags`:                          true,
		`resp.data.state in ("ok", "done")`:              true,
		`resp.data.n in (resp.code, 3)`:                  true,
		`resp.code == 0 or resp.missing == 1`:            true,
		`(resp.code == 1 or resp.data.n == 3)`:           true,
		`*`:                                              true,
		`resp.code == 1 and resp.missing.further == "x"`: false,
	} {
		if got, err := (expr.Limits{}).Rule(text, names); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		`resp.missing == 1`, `success == "ok"`, `resp.data.state.x == 1`, `resp.result`, `resp.code ==`, `resp.none.x == 1`, ``,
	} {
		if got, err := (expr.Limits{}).Rule(text, names); err == nil {
			t.Errorf("%s is taken: %v", text, got)
		}
	}
}
