package plugin_test

import (
	"testing"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/plugin"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// scope is a variable scope for tests.
type scope struct {
	kinds  map[string]engine.VariableKind
	values map[string]any
}

func (s *scope) Variable(key string) (any, engine.VariableKind, bool) {
	v, ok := s.values[key]
	kind := s.kinds[key]
	if kind == "" {
		kind = engine.Plain
	}
	return v, kind, ok
}

func (s *scope) Assign(key string, v any) { s.values[key] = v }

func call(inputs ...any) *engine.Call {
	return &engine.Call{
		Node: "a", Loop: 1, InnerLoop: 1, Run: 1, Location: shanghai,
		At:     time.Date(2026, 3, 4, 5, 6, 7, 500_000_000, time.UTC),
		Inputs: expr.DictOf(inputs...), Outputs: expr.NewDict(4),
	}
}

func TestBuiltinKnowsEveryPluginOfTheReference(t *testing.T) {
	t.Parallel()
	r := plugin.Builtin()
	specs := r.Specs()
	if len(specs) != 15 {
		t.Errorf("%d plugins", len(specs))
	}
	for _, spec := range specs {
		p, ok := r.Lookup(spec.Code, spec.Version)
		if !ok {
			t.Errorf("%s@%s is listed and not found", spec.Code, spec.Version)
		}
		if _, pure := p.(engine.PurePlugin); pure != spec.Pure {
			t.Errorf("%s@%s says pure=%v and is not", spec.Code, spec.Version, spec.Pure)
		}
	}
	if _, ok := r.Lookup("bk_display", "legacy"); ok {
		t.Error("versions must be exact")
	}
}

func TestTimerLooksAtTheClockOnceADay(t *testing.T) {
	t.Parallel()
	c := call("bk_timing", "172800") // two days
	if a := (plugin.Timer{}).Execute(c); !a.OK {
		t.Fatalf("%+v", a)
	}
	var polls int
	for began := c.At; ; polls++ {
		a := (plugin.Timer{}).Schedule(c)
		if !a.OK || polls > 5 {
			t.Fatalf("poll %d: %+v", polls, a)
		}
		if a.Done {
			if took := c.At.Sub(began); took < 172799*time.Second || took > 172800*time.Second {
				t.Errorf("took %v", took)
			}
			break
		}
		c.At = c.At.Add(a.After)
	}
	if polls != 3 {
		t.Errorf("%d looks at the clock before the last one", polls)
	}
}

func TestTimerReadsDates(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		timing any
		check  any
		ok     bool
		until  string
	}{
		"future date":     {"2026-03-04 13:07:00", true, true, "2026-03-04 13:07:00+08:00"},
		"past date":       {"2026-03-04 13:06:00", true, false, ""},
		"past, unchecked": {"2026-03-04 13:06:00", "", true, "2026-03-04 13:06:00+08:00"},
		"no such day":     {"2026-02-30 00:00:00", false, false, ""},
		"29 February":     {"2028-02-29 00:00:00", false, false, ""},
		"year 0":          {"0000-01-01 00:00:00", false, false, ""},
		"seconds":         {int64(1), true, true, "2026-03-04 13:06:08.500000+08:00"},
		"too many":        {"99999999999999999999", true, false, ""},
		"negative":        {"-1", true, false, ""},
		"half":            {1.5, true, false, ""},
		"nothing":         {nil, true, false, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := call("bk_timing", c.timing, "force_check", c.check)
			answer := (plugin.Timer{}).Execute(at)
			if answer.OK != c.ok {
				t.Fatalf("%+v, %v", answer, at.Outputs)
			}
			if until, _ := at.Outputs.Get("timing_time"); c.ok && until != c.until {
				t.Errorf("until %v, want %s", until, c.until)
			}
		})
	}
}

func TestPauseEndsWithAnyCallback(t *testing.T) {
	t.Parallel()
	c := call()
	if a := (plugin.Pause{}).Schedule(c); !a.OK || a.Done || c.Outputs.Len() != 0 {
		t.Errorf("empty data: %+v", a)
	}
	c.Callback, c.HasCallback = "data", true
	if a := (plugin.Pause{}).Schedule(c); !a.Done {
		t.Errorf("data: %+v", a)
	}
	if v, _ := c.Outputs.Get("callback_data"); v != "data" {
		t.Errorf("outputs %v", v)
	}
}

func TestAssignConverts(t *testing.T) {
	t.Parallel()
	cases := []struct {
		present any
		kind    string
		value   any
		want    any
		ok      bool
	}{
		{"x", "String", int64(5), "5", true},
		{int64(1), "Int", " 1_000 ", int64(1000), true},
		{int64(1), "Int", 2.9, int64(2), true},
		{int64(1), "Int", "1__0", nil, false},
		{int64(1), "Int", "1.5", nil, false},
		{true, "Int", "7", int64(7), true},
		{true, "Bool", "YES", true, true},
		{true, "Bool", true, nil, false},
		{true, "Bool", "maybe", nil, false},
		{nil, "Object", "5", nil, false},
		{"x", "Float", "5", nil, false},
		{1.5, "Int", "5", nil, false},
	}
	for _, c := range cases {
		row := expr.DictOf("key", "k", "value", c.value, "value_type", c.kind)
		at := call("bk_assignment_list", []any{row})
		s := &scope{values: map[string]any{"${k}": c.present}}
		at.Scope = s
		answer := (plugin.Assign{}).Execute(at)
		if answer.OK != c.ok {
			t.Errorf("%+v: %+v", c, answer)
		}
		if got := s.values["${k}"]; c.ok && got != c.want {
			t.Errorf("%+v: got %v", c, got)
		} else if !c.ok && got != c.present {
			t.Errorf("%+v: changed to %v", c, got)
		}
	}
}

func TestTruthIsPythons(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, false, int64(0), 0.0, "", []any{}, expr.NewDict(0)} {
		if expr.Truth(v) {
			t.Errorf("%v is true", v)
		}
	}
	for _, v := range []any{true, int64(-1), 0.5, "0", []any{nil}, expr.DictOf("k", nil)} {
		if !expr.Truth(v) {
			t.Errorf("%v is false", v)
		}
	}
}
