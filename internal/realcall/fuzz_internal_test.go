package realcall

import (
	"strings"
	"testing"

	"rehearse.dev/internal/expr"
)

// Whatever the path and the answer: search comes back, with a value that can be
// stored.
func FuzzSearch(f *testing.F) {
	for _, path := range []string{
		"a.b", "l[*].n", "l[?v > `3`] | [0]", "sort_by(l, &v)", "{k: b}", "[a, b][]", "l[::-1]", "to_string(@)", "merge(@, @)",
		"map(&a, l)", "*.*", "not_null(a, b)", "a || b && !c", "'x'", "\"q\"", "`[1, {\"a\": 2}]`", "l[-1:0]", "join('', keys(@))", "max_by(l, &to_number(v))",
	} {
		f.Add(path, `{"a": {"b": 1}, "l": [{"n": "p", "v": 3}, {"n": "q", "v": 4.5}], "b": null, "c": [[1], [2, [3]]]}`)
	}
	f.Fuzz(func(t *testing.T, path, document string) {
		in, err := expr.Decode([]byte(document))
		if err != nil || len(document) > 2000 {
			return
		}
		before, err := expr.Encode(in)
		if err != nil {
			return
		}
		found, err := search(path, in)
		if err != nil {
			return
		}
		var none secrets
		raw, err := expr.Encode(none.scrub(found))
		if err != nil {
			t.Fatalf("%s over %s: %v", path, document, err)
		}
		if _, err := expr.Decode(raw); err != nil {
			t.Errorf("%s over %s: %v", path, document, err)
		}
		if after, _ := expr.Encode(in); string(after) != string(before) {
			t.Errorf("%s has changed %s to %s", path, before, after)
		}
	})
}

// Whatever a host makes of a secret that the scrubber knows, no form of it is left.
func FuzzScrub(f *testing.F) {
	f.Add("s3cret", "before ", " after")
	f.Add("a\"b\\c", "\x00", "=")
	f.Add("ünïcode/+", "", "")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < 8 || strings.ContainsAny(secret, "*\x00") {
			return
		}
		var s secrets
		s.add(secret)
		if got := s.text(before + secret + after); strings.Contains(got, secret) {
			t.Errorf("%q is left in %q", secret, got)
		}
	})
}
