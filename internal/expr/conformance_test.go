package expr

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// decoded reads JSON into values of this package.
func decoded(t testing.TB, raw []byte) any {
	t.Helper()
	v, err := Decode(raw)
	if err != nil {
		t.Fatalf("decode %s: %v", raw, err)
	}
	return v
}

// encoded writes a value so that it can be compared.
func encoded(t testing.TB, v any) string {
	t.Helper()
	raw, err := Encode(v)
	if err != nil {
		t.Fatalf("encode %v: %v", v, err)
	}
	return string(raw)
}

// lines calls test for every line of a testdata file of JSON objects.
func lines(t *testing.T, file string, test func(t *testing.T, raw []byte)) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		n++
		test(t, scan.Bytes())
	}
	if n == 0 {
		t.Fatalf("%s holds no case", file)
	}
}

// The rows of render.jsonl are node inputs that were observed on the reference
// engine, with the variables that they name. A piece of a value without any
// reference is never rendered there, so the row is skipped unless there is one.
func TestRenderAsReferenceEngine(t *testing.T) {
	t.Parallel()
	r := &Renderer{}
	lines(t, "render.jsonl", func(t *testing.T, raw []byte) {
		var row struct {
			From    string
			Vars    map[string]json.RawMessage
			In, Out json.RawMessage
		}
		if err := json.Unmarshal(raw, &row); err != nil {
			t.Fatal(err)
		}
		env := Vars{}
		for name, value := range row.Vars {
			env[name] = decoded(t, value)
		}
		in := decoded(t, row.In)
		got := in
		if len(References(in)) > 0 {
			var err error
			if got, _, err = r.Render(in, env); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(encoded(t, decoded(t, row.Out)), encoded(t, got)); diff != "" {
			t.Errorf("%s: %s with %s (-want +got):\n%s", row.From, row.In, row.Vars, diff)
		}
	})
}

// The rows of conditions.jsonl are gateways that were observed on the reference
// engine: which of the conditions hit, or that the gateway failed (an error, no
// hit, or several).
func TestDecideAsReferenceEngine(t *testing.T) {
	t.Parallel()
	r := &Renderer{}
	lines(t, "conditions.jsonl", func(t *testing.T, raw []byte) {
		var row struct {
			From       string
			Vars       map[string]json.RawMessage
			Lang       string
			Conditions []string
			Hits       []bool
			Failed     bool
		}
		if err := json.Unmarshal(raw, &row); err != nil {
			t.Fatal(err)
		}
		env := Vars{}
		for name, value := range row.Vars {
			env[name] = decoded(t, value)
		}
		hits, refused := 0, false
		for i, text := range row.Conditions {
			d := r.Decide(LanguageOf(row.Lang), text, env)
			refused = refused || d.Err != nil
			if d.Hit {
				hits++
			}
			if !row.Failed && (d.Err != nil || d.Hit != row.Hits[i]) {
				t.Errorf("%s: %s with %s: hit %v (%v), want %v", row.From, text, row.Vars, d.Hit, d.Err, row.Hits[i])
			}
		}
		if row.Failed && !refused && hits == 1 {
			t.Errorf("%s: %q with %s: one hit and no error, want a failed gateway", row.From, row.Conditions, row.Vars)
		}
	})
}

// The rows of python.jsonl were computed by CPython 3.11 with the names and the
// refusals of the sandbox; a row without out stays text. The first row holds
// the variables.
func TestRenderAsPython(t *testing.T) {
	t.Parallel()
	r := &Renderer{Random: rand.NewPCG(1, 2)}
	env := Vars{}
	lines(t, "python.jsonl", func(t *testing.T, raw []byte) {
		var row struct {
			Vars json.RawMessage
			In   string
			Out  *string
		}
		if err := json.Unmarshal(raw, &row); err != nil {
			t.Fatal(err)
		}
		if row.In == "" {
			d := decoded(t, row.Vars).(*Dict)
			for _, key := range d.Keys() {
				env[key], _ = d.Get(key)
			}
			return
		}
		want := row.In
		if row.Out != nil {
			want = *row.Out
		}
		got, err := r.run(r.program(row.In), env, r.Limits.budget())
		if err != nil {
			got = row.In
		}
		if got != want {
			t.Errorf("%s gives %q (%v), want %q", row.In, got, err, want)
		}
	})
}

// The rows of boolrule.jsonl were computed with the reference grammar on
// pyparsing, with True read as true (engine.md §9.1).
func TestBoolruleAsGrammar(t *testing.T) {
	t.Parallel()
	lines(t, "boolrule.jsonl", func(t *testing.T, raw []byte) {
		var row struct{ Text, Want string }
		if err := json.Unmarshal(raw, &row); err != nil {
			t.Fatal(err)
		}
		hit, _, err := boolrule(Limits{}.budget(), row.Text)
		got := map[bool]string{true: "yes", false: "no"}[hit]
		if err != nil {
			got = "fails"
		}
		if got != row.Want {
			t.Errorf("%q: %s (%v), want %s", row.Text, got, err, row.Want)
		}
	})
}
