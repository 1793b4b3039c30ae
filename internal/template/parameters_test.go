package template

import "testing"

func TestParameters(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{}`: `{}`,
		`{"constants":{"${b}":{"value":1.0},"${a}":{"value":{"y":1,"x":2}},"${c}":{}}}`: `{"${b}":1.0,"${a}":{"y":1,"x":2},"${c}":null}`,
	} {
		if got := string(Parameters(mustParse(t, doc))); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
