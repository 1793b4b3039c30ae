package expr

import (
	"bufio"
	"bytes"
	"encoding/json"
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
		if HasReference(in) {
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
