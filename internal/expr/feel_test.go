package expr

import (
	"testing"
	"time"
)

// feelValue evaluates FEEL and shows the value as Python's repr, "" on an error.
func feelValue(text string, r *Renderer) (string, error) {
	p := &feelParser{src: text}
	f, err := p.expr()
	if err != nil {
		return "", err
	}
	if p.blank(); p.at < len(p.src) {
		return "", p.unexpected("the end")
	}
	v, err := f(&evaluator{budget: r.Limits.budget(), r: r}, nil)
	if err != nil {
		return "", err
	}
	return reprOf(v), nil
}

func TestFEELValues(t *testing.T) {
	t.Parallel()
	r := &Renderer{Now: func() time.Time { return time.Date(2024, 8, 5, 10, 30, 0, 0, time.UTC) }}
	cases := map[string]string{
		"null": "None", "3": "3", "-4": "-4", "3.14": "3.14", "1+2": "3", "1 -2": "-1", "1+2*3": "7", "2*3+1": "7", "2 ** 3": "8",
		"1 / 2": "0.5", "7 > 3 > true": "False", "1 < 2 < 3": "True",
		`"hello"`: "'hello'", `"a\"b"`: `'a\\"b'`, `"order-" + string(123.1)`: "'order-123.1'", `string(true)`: "'True'",
		`starts with("abc", "a")`: "True", `ends with("abc", "a")`: "False", `matches("foobar", "^fo*bar")`: "True",
		`matches("xfoo", "foo")`: "False", `contains("abc", "d")`: "False",
		"1 = 1": "True", "1 != 1": "False", `1 != "1"`: "True", "true = 1": "True", "x = null": "True",
		"5 between 3 and 7 and true": "True", "8 between 3 and 7": "False", "true and false": "False", "false or 2": "2",
		"[]": "[]", "[1,2,3,4][-1]": "4", "[1,2,3,4][-5]": "None", "[1,2][0]": "None", "[1,2,3,4][item > 2]": "[3, 4]",
		"[{x:1, y:2}, {x:2, y:3}, {y:3}][x>1]": "[{'x': 2, 'y': 3}]",
		"all([true, false])":                   "False", "any([true, false])": "True", "count([1,2])": "2", "list contains([1, 2], 2)": "True",
		"some x in [1,2,3] satisfies x > 2": "True", "every x in [1,2,3] satisfies x > 2": "False",
		"every x in [4,4,5], y in [2,3,4] satisfies x > y": "True", "some x in [1] satisfies 5": "False", "every x in [1] satisfies 0": "True",
		`{"a": 1, b: 2}`: "{'a': 1, 'b': 2}", "{a: {c: 3}}.a.c": "3", "{a: 1}.b.c": "None", "x.y": "None",
		"5 in [1,3,5]": "True", "5 in [1..10]": "True", "1 in (1..3]": "False", "3 in [1..3)": "False", "-1.3 in (-1.2..1.2)": "False",
		"0 in [-1.1..100)": "True", "2 > 1 in [1..2]": "", "1 in [1] = true": "True",
		"before(1,10)": "True", "before([1..5],10)": "True", "before((1..5),5)": "True", "before([1..5),5)": "True", "before(2,(2..5])": "True",
		"before(2,[2..5])": "False", "after(12, [2..5])": "True", "after((5..10], [1..5])": "True", "after([5..10], [1..5])": "False",
		"includes([5..10], 6)": "True", "includes([1..10], (1..10))": "True", "includes([1..5), [1..5])": "False",
		"is defined(x)": "False", "is defined(1)": "True", `get or else(null, "a")`: "'a'", "get or else(0, 1)": "0",
		"not(true)": "False", "not(null)": "True", "no such function(1, 2)": "None", "f(a: 1, b: 2)": "None", "func not exist()": "None",
		`json loads("[1, 2]")`: "[1, 2]", `date("2017-03-10")`: "datetime.date(2017, 3, 10)",
		`date("2024-01-01") < date("2024-02-01")`: "True", `time("10:00:00") < time("11:00:00")`: "True",
		`date and time("2022-01-01T00:00:00+08:00") < date and time("2022-01-01T00:00:00Z")`:                                   "True",
		`date and time("2022-01-01T00:00:00 +08:00") = date and time("2021-12-31T16:00:00Z")`:                                  "True",
		`date and time("2023-02-01T00:00:00") in [date and time("2023-01-01T00:00:00")..date and time("2023-03-01T00:00:00")]`: "True",
		`day of week(date("2023-08-21"))`: "'Monday'", `month of year(date("2019-08-17"))`: "'Auguest'",
		`month of year(date and time("2019-09-17T00:00:00"))`: "'September'",
		"now()": "datetime.datetime(2024, 8, 5, 10, 30)", "today()": "datetime.date(2024, 8, 5)",
	}
	for text, want := range cases {
		got, err := feelValue(text, r)
		if got != want {
			t.Errorf("%s gives %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestFEELRefuses(t *testing.T) {
	t.Parallel()
	r := &Renderer{}
	for _, text := range []string{
		`1 = "1"`, "1 = 1.0", "1 = true", "null = 1", "True = true", "1 +", "", "bad bad", "1\n= 1", "1 2", "1 + 1 + 1", "2 * 3 * 4",
		`"a" in ["a"]`, "1 in x", "count(x)", "x[1", "[1,2", "{a 1}", "some x in y satisfies x", "[1..2", "(1", "date(\"2024-13-01\") = 1",
		`date("nope")`, `contains("a", 1)`, `matches("a", "(?=a)")`, "1 < null", `"a" - "b"`, "1 / 0", "every x in [1], y in [1,2] satisfies true",
		"'a'", "a.b.", "not", "1 == 1", "中", `"a` + "\n" + `"`, `time("10:00:00@Asia/Shanghai")`, "today() = 1", "2 > (1 in [1..2])",
	} {
		if got, err := feelValue(text, r); err == nil {
			t.Errorf("%q gives %s, want an error", text, got)
		}
	}
}

func TestFEELConditionTakesTruth(t *testing.T) {
	t.Parallel()
	r := &Renderer{}
	env := Vars{"n": "5", "x": "abc", "o": true}
	for text, want := range map[string]bool{
		`${n} > 3 and "${x}" = "abc"`: true, "1 + 1": true, "false": false, `""`: false, "[]": false, "[1..2]": true, "unknown": false,
	} {
		if d := r.Decide(FEEL, text, env); d.Err != nil || d.Hit != want {
			t.Errorf("%s: hit %v (%v), want %v", text, d.Hit, d.Err, want)
		}
	}
	if d := r.Decide(FEEL, "${o} = true", env); d.Err == nil {
		t.Error("a rendered True is a name without a value and must not equal true")
	}
}
