package enginetest_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"rehearse.dev/internal/engine/enginetest"
	"rehearse.dev/internal/engine/simulate"
)

// maxDifferences is how many deliberate differences the project allows itself.
const maxDifferences = 10

func TestEngineAnswersAsTheReference(t *testing.T) {
	t.Parallel()
	listed := differences(t)
	if len(listed) > maxDifferences {
		t.Errorf("%d deliberate differences, at most %d are allowed", len(listed), maxDifferences)
	}
	catalog := enginetest.Registry()
	seen := map[string]bool{}
	for _, c := range allCases(t) {
		seen[c.Name] = true
		reason, differs := listed[c.Name]
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			got, err := c.Play(catalog, simulate.Config{})
			if err != nil {
				t.Fatal(err)
			}
			switch d := c.Expect.Difference(got); {
			case differs && d == "":
				t.Errorf("passes again; take it off the list (%s)", reason)
			case !differs && d != "":
				t.Error(d)
			}
		})
	}
	for name := range listed {
		if !seen[name] {
			t.Errorf("differences.txt lists %s, which is no case", name)
		}
	}
}

func TestStateSurvivesJSONAtEveryStep(t *testing.T) {
	t.Parallel()
	catalog := enginetest.Registry()
	for _, c := range allCases(t) {
		plain, err := c.Play(catalog, simulate.Config{})
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		stored, err := c.Play(catalog, simulate.Config{RoundTrip: true})
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if d := plain.Difference(stored); d != "" {
			t.Errorf("%s: the run changes when its state is stored: %s", c.Name, d)
		}
	}
}

func TestSameInputGivesTheSameTraceByteForByte(t *testing.T) {
	t.Parallel()
	catalog := enginetest.Registry()
	trace := func(c *simulate.Case) []byte {
		got, err := c.Play(catalog, simulate.Config{})
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		return raw
	}
	for _, c := range allCases(t) {
		if first, second := trace(c), trace(c); !bytes.Equal(first, second) {
			t.Errorf("%s: two runs differ:\n%s\n%s", c.Name, first, second)
		}
	}
}
