package expr

import (
	"errors"
	"strings"
	"testing"
)

func TestBoolruleTable(t *testing.T) {
	t.Parallel()
	const yes, no, fails = "yes", "no", "fails"
	cases := map[string]string{
		`1 in (1,2,3)`: yes, `"1" in (1,2)`: yes, `1 in ("1","x")`: yes, `1.0 in (1,2)`: yes, `"a" in "abc"`: yes, `"a" notin ("b","c")`: yes,
		`"a" NOTIN ("b")`: yes, `1 in 5`: fails, `1 in "123"`: fails, `a in (a,b)`: yes,
		`1 == 1.5`: yes, `1.5 == 1`: yes, `1.5 == "1"`: no, `1.0 == "1.0"`: yes, `"1.0" == 1`: no, `" 1 " == 1`: yes, `"1_0" == 10`: yes,
		`"2" > "10"`: yes, `2 > "10"`: no, `"2" > 10`: no, `true == 1`: yes, `"true" == true`: no, `True == true`: yes, `FALSE == false`: yes,
		`1==2 and 1==2 or 2==2`: no, `1==2 or 1==1 and 2==2`: yes, `(1==1 or 1==2) and 1==2`: no, `1==1 or bad and 1==1`: fails,
		`1 == 1 AND 2 == 2`: yes, `1 == 1 oR 1 == 2`: yes, `1==1 and(2==2)`: yes, `"a"=="a"and 1==1`: yes, `1==1and 2==2`: fails,
		`not 1 == 2`: fails, `true`: fails, `1=1`: fails, `() == ()`: fails, `[1] == [1]`: fails, `trueish == 1`: fails, `a-b == "a-b"`: fails,
		`1E3 == 1000`: fails, `1 > "x"`: fails, `1 == "x"`: no, `1 != "x"`: yes, `10.0.0.1 == "10.0.0.1"`: fails, `===`: fails, ``: fails,
		`*`: yes, ` *`: fails, `1.5E3 == 1500`: yes, `1.5e-1 == .15`: yes, `5. == 5`: yes, `-1 < +1`: yes, `- 1 < 1`: fails,
		`(1,2) issuperset (1)`: yes, `"abc" issuperset "abc"`: yes, `"abc" issuperset "a"`: no, `(2,1) notissuperset (3)`: yes, `1 issuperset (1)`: fails,
		`(1,2) == (1,2)`: yes, `(1,2) < (1,3)`: yes, `(1) == 1`: no, `((1 == 1))`: yes, `((1 == 1) or 1 == 2) and 1 == 1`: yes, `(1 == 1`: fails,
		`${x} == "${x}"`: yes, `a.b.c == "a.b.c"`: yes, `${a}.b == "${a}.b"`: yes, `_x == "_x"`: yes, `__x == 1`: fails, `None == None`: yes,
		`"\n" == '\n'`: yes, "\"a\tb\" == \"a      b\"": yes, "\"a\tb\" == \"a\tb\"": no, "'a\nb' == 1": fails, `"a\"b" == 1`: fails, `'' == ""`: yes,
		`"中" == "中"`: yes, `中 == "中"`: fails, `true in (true,false)`: yes, `1 == 1 1 == 1`: fails, `1 == 1 or`: fails, `bad bad`: fails,
		`99999999999999999999 > 1`: yes, `"99999999999999999999" == 99999999999999999999`: yes, `1.5 < "x"`: yes, `(1,2) == "[1, 2]"`: yes,
	}
	for text, want := range cases {
		d := (&Renderer{}).Decide(Boolrule, text, Vars{})
		got := map[bool]string{true: yes, false: no}[d.Hit]
		if d.Err != nil {
			got = fails
		}
		if got != want {
			t.Errorf("%q: %s (%v), want %s", text, got, d.Err, want)
		}
	}
}

func TestDecideRendersFirst(t *testing.T) {
	t.Parallel()
	env := Vars{"x": "go", "five": "5", "brk": "a\nb", "esc": `a\nb` + "\n", "ok": true, "l": []any{int64(1), int64(2)}, "text": "1 == 1",
		"quote": `say "hi"`, "null": nil, "n": int64(5), "word": "True"}
	cases := []struct {
		lang Language
		text string
		hit  bool
		err  bool
	}{
		{Boolrule, `"${x}" == "go"`, true, false}, {Boolrule, `${x} == "go"`, true, false}, {Boolrule, `${five} == "5"`, true, false},
		{Boolrule, `"${brk}" == "a\nb"`, true, false}, {Boolrule, `"${esc}" == 1`, false, true}, {Boolrule, `${len(x)} > 1`, true, false},
		{Boolrule, `${ok} == True`, true, false}, {Boolrule, `${ok} == False`, false, false}, {Boolrule, `1 in ${l}`, false, true},
		{Boolrule, `${ok}`, false, true}, {Boolrule, `${n}`, false, true}, {Boolrule, `${text}`, true, false}, {Boolrule, `"${quote}" == "x"`, false, true},
		{Boolrule, `${null} == None`, true, false}, {Boolrule, `${undefined} == 1`, false, false}, {Boolrule, `${undefined} == "${undefined}"`, true, false},
		{MAKO, `${n > 3}`, true, false}, {MAKO, `${n < 3}`, false, false}, {MAKO, `${n}`, false, true}, {MAKO, `${ok}`, false, true},
		{MAKO, `${ok == True}`, true, false}, {MAKO, `${word}`, true, false}, {MAKO, `${undefined == 1}`, false, true}, {MAKO, `True`, true, false},
		{MAKO, ` True`, false, true}, {MAKO, `true`, false, true},
	}
	for _, c := range cases {
		d := (&Renderer{}).Decide(c.lang, c.text, env)
		if d.Hit != c.hit || (d.Err != nil) != c.err {
			t.Errorf("%s %s: hit %v, error %v", c.lang, c.text, d.Hit, d.Err)
		}
	}
}

func TestDecisionTellsWhatHappened(t *testing.T) {
	t.Parallel()
	d := (&Renderer{}).Decide(Boolrule, `${n} == 1 or ${gone} == 2 and ${n} == 5.5`, Vars{"n": int64(5)})
	if d.Err != nil || d.Rendered != `5 == 1 or ${gone} == 2 and 5 == 5.5` {
		t.Fatalf("rendered %v (%v)", d.Rendered, d.Err)
	}
	if len(d.Operands) != 2 || d.Operands[0] != (Operand{"n", "${n}", int64(5)}) || d.Operands[1].Value != nil {
		t.Errorf("operands %v", d.Operands)
	}
	if len(d.Unresolved) != 1 || d.Unresolved[0].Piece != "${gone}" || !strings.HasPrefix(d.Unresolved[0].Reason, "NameError") {
		t.Errorf("unresolved %v", d.Unresolved)
	}
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "precedence") {
		t.Errorf("warnings %v", d.Warnings)
	}
	if d = (&Renderer{}).Decide(Boolrule, "1 == 1.5", Vars{}); len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "whole numbers") {
		t.Errorf("warnings %v", d.Warnings)
	}
}

// failing is an Env whose variable cannot be made.
type failing struct{}

var errHydration = errors.New("cycle a -> b -> a")

func (failing) Lookup(name string) (any, bool, error) {
	if name == "bad" {
		return nil, false, errHydration
	}
	return nil, false, nil
}

func TestHydrationErrorComesOut(t *testing.T) {
	t.Parallel()
	r := &Renderer{}
	for _, text := range []string{"${bad}", "x${bad}", "${bad[0]}", "${1 if True else bad}", "${len(bad)}", "${ bad }", "${bad.__class__}"} {
		if _, _, err := r.Render([]any{text}, failing{}); !errors.Is(err, errHydration) {
			t.Errorf("%s: error %v, want the hydration error", text, err)
		}
		for _, l := range []Language{Boolrule, FEEL, MAKO} {
			if d := r.Decide(l, text+" == 1", failing{}); !errors.Is(d.Err, errHydration) {
				t.Errorf("%s %s: error %v, want the hydration error", l, text, d.Err)
			}
		}
	}
	if got, _, err := r.Render("${other}", failing{}); err != nil || got != "${other}" {
		t.Errorf("a variable that is not named must not be looked at: %v, %v", got, err)
	}
}

func TestConditionErrorNamesLanguageAndText(t *testing.T) {
	t.Parallel()
	d := (&Renderer{}).Decide(LanguageOf("whatever"), "${x} ==", Vars{"x": "go"})
	var refused *ConditionError
	if !errors.As(d.Err, &refused) || refused.Language != Boolrule || refused.Rendered != "go ==" || refused.Message == "" {
		t.Fatalf("error %#v", d.Err)
	}
}
