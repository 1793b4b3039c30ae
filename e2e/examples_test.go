package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// example is one of the page's examples.
type example struct{ Title, Query, Variables string }

// examples reads what the server wrote into the page.
func examples(t *testing.T, s *server) []example {
	t.Helper()
	page := send(t, "GET", s.url+"/", "").body
	found := regexp.MustCompile(`(?s)id="playground-config">(.*?)</script>`).FindStringSubmatch(page)
	var config struct{ Examples []example }
	if found == nil || json.Unmarshal([]byte(found[1]), &config) != nil {
		t.Fatalf("the page has no configuration: %s", page)
	}
	return config.Examples
}

func TestTheExamplesWorkAsTheyAre(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil, "--dev")
	all := examples(t, s)
	if len(all) < 4 {
		t.Fatalf("examples %+v", all)
	}
	for _, e := range all {
		var variables any
		if e.Variables != "" {
			if err := json.Unmarshal([]byte(e.Variables), &variables); err != nil {
				t.Fatalf("%s: %v", e.Title, err)
			}
		}
		got := query[map[string]json.RawMessage](t, s, e.Query, variables)
		for field, value := range got {
			text := string(value)
			if strings.Contains(text, `"userErrors":[{`) || strings.Contains(text, `"warnings":[{`) || strings.Contains(text, `"nodes":[]`) {
				t.Errorf("%s: %s is %s", e.Title, field, text)
			}
		}
	}
	if got := list(t, s); len(got) != 1 || got[0].Template.Name != "refund an order" {
		t.Errorf("after the examples there are the tasks %+v", got)
	}
}

func TestWithoutDevTheExamplesNameNoTemplate(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for _, e := range examples(t, s) {
		if e.Variables != "" && !strings.Contains(e.Variables, `"templateId": "0"`) {
			t.Errorf("%s: %s", e.Title, e.Variables)
		}
	}
}
