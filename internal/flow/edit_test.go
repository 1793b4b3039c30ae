package flow_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

func TestOverrideChangesOnlyTheValue(t *testing.T) {
	t.Parallel()
	const doc = `{ "constants" : { "${a}": {"key":"${a}", "value": 1 , "x":[ ]},
		"${m}": {"is_meta":true,"value":{"v":1}}, "${n}": {"is_meta":true,"value":2,"meta":{"old":1}}, "${e}": {},
		"${h}": {"show_type":"hide","source_type":"component_outputs","value":""} },
		"line": [ 1.0 ] }`
	tests := []struct {
		name         string
		constants    map[string]json.RawMessage
		old, changed string // "" for none
		unknown      []string
	}{
		{"Value", raw("${a}", ` [1.0, "${h}"] `), `"value": 1 ,`, `"value": [1.0, "${h}"] ,`, nil},
		{"Null", raw("${a}", `null`), `"value": 1 ,`, `"value": null ,`, nil},
		{"Hidden", raw("${h}", `"x"`), `"component_outputs","value":""`, `"component_outputs","value":"x"`, nil},
		{"Missing", raw("${e}", `5`), `"${e}": {}`, `"${e}": {"value":5}`, nil},
		{"Meta", raw("${m}", `"v"`), `{"is_meta":true,"value":{"v":1}}`, `{"is_meta":true,"value":"v","meta":{"is_meta":true,"value":{"v":1}}}`, nil},
		{
			"MetaAgain", raw("${n}", `3`), `{"is_meta":true,"value":2,"meta":{"old":1}}`,
			`{"is_meta":true,"value":3,"meta":{"is_meta":true,"value":2,"meta":{"old":1}}}`, nil,
		},
		{"Same", raw("${a}", ` 1 `), "", "", nil},
		{"Unknown", raw("a", `1`, "${zz}", `nonsense`), "", "", []string{"${zz}", "a"}},
		{"Nothing", nil, "", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, doc)
			got, unknown, err := p.Override(tt.constants)
			if err != nil {
				t.Fatal(fault.As(err).Problems)
			}
			if !slices.Equal(unknown, tt.unknown) {
				t.Errorf("unknown %v, want %v", unknown, tt.unknown)
			}
			if want := strings.Replace(doc, tt.old, tt.changed, 1); string(got.Document()) != want {
				t.Errorf("document %s\nwant %s", got.Document(), want)
			}
			if (got == p) != (tt.old == "") {
				t.Errorf("the receiver itself: %t", got == p)
			}
			if string(p.Document()) != doc {
				t.Error("the receiver has changed")
			}
		})
	}
}

func raw(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

func TestOverrideSetsSeveralAtOnce(t *testing.T) {
	t.Parallel()
	p := parse(t, `{"constants":{"${b}":{"value":1},"${a}":{"value":2},"${c}":{"value":3}}}`)
	got, _, err := p.Override(raw("${a}", `"long enough to move what follows"`, "${c}", `{}`, "${b}", `null`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"constants":{"${b}":{"value":null},"${a}":{"value":"long enough to move what follows"},"${c}":{"value":{}}}}`
	if string(got.Document()) != want || string(got.Constant("${c}").Value) != "{}" {
		t.Errorf("document %s", got.Document())
	}
}

func TestOverrideRefusesBrokenValues(t *testing.T) {
	t.Parallel()
	p := parse(t, `{"constants":{"${a}":{"value":1},"${b}":{"value":1}}}`)
	for name, value := range map[string]string{
		"Injection": `1,"key":"${z}"`,
		"Empty":     ``,
		"NUL":       `"\u0000"`,
		"Duplicate": `{"x":1,"x":2}`,
		"Large":     `123456789012345678`,
	} {
		_, _, err := p.Override(raw("${a}", value, "${b}", value))
		f := fault.As(err)
		if f == nil || len(f.Problems) != 2 {
			t.Errorf("%s: got %v, want two problems", name, err)
			continue
		}
		for i, key := range []string{"${a}", "${b}"} {
			if path := f.Problems[i].Path; len(path) < 2 || path[0] != "constants" || path[1] != key {
				t.Errorf("%s: path %v", name, path)
			}
		}
	}
}

func TestCleanNamesFollowsTheOriginal(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("节", 60)
	for name, want := range map[string]string{
		`plain`:                        `plain`,
		`a<b>$c&d'e\"f`:                `abcdef`,
		`<>`:                           ``,
		`tab\t\u0041\\<`:               `tab\tA\\`,
		`\u001f\u003cx`:                `\u001fx`,
		long:                           strings.Repeat("节", 50),
		strings.Repeat("<", 20) + long: strings.Repeat("节", 50),
	} {
		doc := func(s string) string {
			return `{"name":"<tree>","start_event":{"name":"` + s + `"},"activities":{"a":{"x": 1,"name":"` + s + `","type":"SubProcess","pipeline":{"end_event":{"name":"` + s + `"}}},` +
				`"b":{"name":"b","component":{"name":"<kept>"},"pipeline":{"end_event":{"name":"<kept>"}}}},` +
				`"gateways":{"g":{"name":"` + s + `","conditions":{"f":{"name":"<kept>"}}}},"constants":{"${k}":{"name":"` + s + `" , "value":"<kept>"}},"location":[{"name":"<kept>"}]}`
		}
		p := parse(t, doc(name))
		got := p.CleanNames()
		if string(got.Document()) != doc(want) {
			t.Errorf("%s: document %s\nwant %s", name, got.Document(), doc(want))
		}
		if (got == p) != (name == want) {
			t.Errorf("%s: the receiver itself: %t", name, got == p)
		}
		if got.CleanNames() != got {
			t.Errorf("%s: cleaned twice", name)
		}
	}
}

func TestEditsKeepTheDigestWhenNothingChanges(t *testing.T) {
	t.Parallel()
	for _, c := range conformanceCases(t)[:40] {
		p, err := flow.Parse(c.Tree)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]json.RawMessage{}
		for _, k := range p.Constants {
			values[k.Key] = k.Value
		}
		same, _, err := p.Override(values)
		if err != nil || same != p || p.CleanNames() != p {
			t.Errorf("%s: changed by edits that change nothing: %v", c.Name, err)
		}
	}
}

func TestOverrideIsWhatReadingTheNewDocumentGives(t *testing.T) {
	t.Parallel()
	doc := []byte(`{"constants": {
		"${a}": {"key": "${a}", "name": "a", "index": 0, "value": "old", "x": [1.0]},
		"${b}": {"key": "${b}", "name": "b", "index": 1},
		"${m}": {"key": "${m}", "name": "m", "index": 2, "is_meta": true, "value": 1}}}`)
	p, err := flow.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string]map[string]json.RawMessage{
		"Text":     {"${a}": json.RawMessage(` "new" `)},
		"Added":    {"${b}": json.RawMessage(`1.50`)},
		"Several":  {"${a}": json.RawMessage(`null`), "${b}": json.RawMessage(`true`)},
		"Nested":   {"${a}": json.RawMessage(`{"k": [1, {"l": 2}]}`)},
		"Meta":     {"${m}": json.RawMessage(`2`)},
		"Mixture":  {"${m}": json.RawMessage(`2`), "${a}": json.RawMessage(`"é\n"`)},
		"Repeated": {"${a}": json.RawMessage(`"old"`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := p.Override(values)
			if err != nil {
				t.Fatal(err)
			}
			want, err := flow.Parse(got.Document())
			if err != nil {
				t.Fatal(err)
			}
			if got.Digest() != want.Digest() {
				t.Errorf("digest %s, want %s", got.Digest(), want.Digest())
			}
			for i, k := range want.Constants {
				if g := got.Constants[i]; string(g.Value) != string(k.Value) || string(g.Meta) != string(k.Meta) || got.Constant(k.Key) != g {
					t.Errorf("constant %s: %s (meta %s), want %s (meta %s)", k.Key, g.Value, g.Meta, k.Value, k.Meta)
				}
			}
			if string(p.Constant("${a}").Value) != `"old"` {
				t.Error("the original tree has changed")
			}
		})
	}
	for name, value := range map[string]string{"BigInteger": `9007199254740993`, "NUL": `"\u0000"`, "Duplicate": `{"a": 1, "a": 2}`} {
		if _, _, err := p.Override(map[string]json.RawMessage{"${a}": json.RawMessage(value)}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
