package template

import "testing"

func TestNext(t *testing.T) {
	t.Parallel()
	for old, want := range map[string]string{
		"":                         "1.0.0",
		"1.0.0":                    "1.0.1",
		"1.0.9":                    "1.1.0",
		"1.9.9":                    "2.0.0",
		"1.12.3":                   "1.12.4",
		"1.12.9":                   "2.0.0",
		"1.0.12":                   "1.1.0",
		"9.9.9":                    "10.0.0",
		"2.0.0-rc.1":               "2.0.0",
		"2.0.9-rc.1+b":             "2.0.9",
		"2.0.0+b":                  "2.0.1",
		"18446744073709551615.9.9": "", // the next one does not fit
		"nonsense":                 "",
	} {
		got, ok := next(old)
		if got != want || ok != (want != "") {
			t.Errorf("after %q comes %q, %v; want %q", old, got, ok, want)
		}
	}
}
