package flow_test

import (
	"strings"
	"testing"

	"rehearse.dev/internal/flow"
)

func TestCheckJSONFindsWhatDecodersLetPass(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ text, want string }{
		"Good":          {`{"a": [1, 9007199254740992, "x"]}`, ""},
		"DuplicateName": {`{"a": {"b": 1, "b": 2}}`, "b"},
		"BigInteger":    {`{"a": 9007199254740993}`, "2^53"},
		"NUL":           {`{"a": "\u0000"}`, "NUL"},
		"NotUTF8":       {"{\"a\": \"\xff\"}", "UTF-8"},
		"NotJSON":       {`{"a": `, "not JSON"},
		"Deep":          {strings.Repeat("[", 101) + strings.Repeat("]", 101), "deeper"},
		"Large":         {`"` + strings.Repeat("x", 1000) + `"`, "limit"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := flow.CheckJSON([]byte(c.text), 500)
			if c.want == "" {
				if len(problems) > 0 {
					t.Fatalf("unexpected problems %v", problems)
				}
				return
			}
			if len(problems) != 1 || !strings.Contains(problems[0].Message, c.want) {
				t.Fatalf("problems %v, want one with %q", problems, c.want)
			}
		})
	}
}
