package app

import (
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"rehearse.dev/graph/limit"
)

// limitFlags reads the flags of serve without serving.
func limitFlags(t *testing.T, args ...string) (Limits, error) {
	t.Helper()
	var line struct {
		Limits `embed:""`
	}
	parser, err := kong.New(&line, kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return line.Limits, err
}

func TestTheFlagsHaveTheDefaultLimits(t *testing.T) {
	t.Parallel()
	flags, err := limitFlags(t)
	if err != nil {
		t.Fatal(err)
	}
	bounds, err := flags.bounds(false)
	if err != nil || *bounds.Limits != limit.Defaults() {
		t.Errorf("%+v (%v), want %+v", bounds.Limits, err, limit.Defaults())
	}
	if bounds.Timeout != 30*time.Second || bounds.Rate != 0 || bounds.NoIntrospection {
		t.Errorf("got %+v", bounds)
	}
}

func TestIntrospectionMayBeForDevelopers(t *testing.T) {
	t.Parallel()
	for value, off := range map[string][2]bool{"on": {false, false}, "off": {true, true}, "dev": {true, false}} {
		flags, err := limitFlags(t, "--introspection", value)
		if err != nil {
			t.Fatal(err)
		}
		for i, dev := range []bool{false, true} {
			if bounds, err := flags.bounds(dev); err != nil || bounds.NoIntrospection != off[i] {
				t.Errorf("%s, dev %v: %v %v", value, dev, bounds.NoIntrospection, err)
			}
		}
	}
	if _, err := limitFlags(t, "--introspection", "maybe"); err == nil {
		t.Error("any word is taken")
	}
}

func TestLimitsThatAllowNothingAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"--max-document=0", "--max-tokens=0", "--max-depth=-1", "--max-fields=0", "--max-root-fields=0", "--max-cost=0",
		"--max-aliases=-1", "--max-directives=-1", "--max-items=-1", "--request-timeout=-1s", "--rate-limit=-0.5", "--rate-limit=NaN",
		"--rate-burst=-1",
	} {
		name, _, _ := strings.Cut(strings.TrimPrefix(args, "--"), "=")
		var out, errOut strings.Builder
		if code := Run(t.Context(), []string{"serve", "--db", t.TempDir() + "/x.db", args}, &out, &errOut); code != 2 || !strings.Contains(errOut.String(), "--"+name) {
			t.Errorf("%s: %d %s", args, code, errOut.String())
		}
	}
}
