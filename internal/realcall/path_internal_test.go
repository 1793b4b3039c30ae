package realcall

import (
	"strings"
	"testing"

	"rehearse.dev/internal/expr"
)

func TestSearchFindsWhatJMESPathSays(t *testing.T) {
	t.Parallel()
	in := `{"b": 1, "a": {"z": 1, "y": 2.0, "x": 9007199254740993}, "l": [{"n": "p", "v": 3}, {"n": "q", "v": 4}], "e": [], "s": "t"}`
	for path, want := range map[string]string{
		"b": `1`, "a": `{"z":1,"y":2.0,"x":9007199254740993}`, "a.x": `9007199254740993`, "l[0].n": `"p"`, "l[-1].v": `4`,
		"l[*].n": `["p","q"]`, "l[?v > `3`].n | [0]": `"q"`, "l[?n == 'p']": `[{"n":"p","v":3}]`, "missing": `null`, "a.z.q": `null`,
		"length(l)": `2`, "{k: b, a: s}": `{"a":"t","k":1}`, "@": `{"b":1,"a":{"z":1,"y":2.0,"x":9007199254740993},"l":[{"n":"p","v":3},{"n":"q","v":4}],"e":[],"s":"t"}`,
		"e": `[]`, "sort_by(l, &v)[0].v": `3`, "join('-', l[*].n)": `"p-q"`, "\"a\".\"z\"": `1`, "b == `1`": `true`, "l[].v | sum(@)": `7`,
	} {
		v, err := expr.Decode([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := search(path, v)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if raw, err := expr.Encode(got); err != nil || string(raw) != want {
			t.Errorf("%s: %s, %v, want %s", path, raw, err, want)
		}
	}
}

func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"", "a.", "[", "((", "$", "$.a", "let $x = a in $x", "pad_left('a', `1000000000`)", "zip(@, @)", "nobody(@)", "`1` + `2`", "length(`1`)",
		strings.Repeat("[@,@][]|", 100) + "@", strings.Repeat("(", 1000), strings.Repeat("!", 1000), strings.Repeat("a", 2000),
		strings.Repeat("to_string([@,@])|", 40) + "@", strings.Repeat("[", 300) + "a" + strings.Repeat("]", 300),
	} {
		if got, err := search(path, expr.DictOf("a", int64(1))); err == nil {
			t.Errorf("%s is taken: %v", cut(path, 30), got)
		}
	}
}
