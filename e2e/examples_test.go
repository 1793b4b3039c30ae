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

// idPlace is where a visitor puts the id of a task.
const idPlace = "put the id of your task here"

func TestTheExamplesWorkInTheirOrder(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil, "--dev")
	all := examples(t, s)
	if len(all) != 9 {
		t.Fatalf("examples %+v", all)
	}
	made, watch := "", example{}
	for _, e := range all {
		e.Variables = strings.ReplaceAll(e.Variables, idPlace, made)
		if strings.Contains(e.Query, "subscription") {
			watch = e // it lasts until the task ends, which is for a later example to do
			continue
		}
		got := query[map[string]json.RawMessage](t, s, e.Query, parsed(t, e))
		for field, value := range got {
			text := string(value)
			if strings.Contains(text, `"userErrors":[{`) || strings.Contains(text, `"warnings":[{`) || strings.Contains(text, `"nodes":[]`) {
				t.Errorf("%s: %s is %s", e.Title, field, text)
			}
			if found := regexp.MustCompile(`"id":"(\d+)"`).FindStringSubmatch(text); field == "createMockTask" && found != nil {
				made = found[1]
			}
			if field == "callbackNode" {
				watches(t, s, watch)
			}
			if (field == "simulateMockTask" || strings.HasPrefix(e.Title, "8.")) && !strings.Contains(text, `"state":"FINISHED"`) {
				t.Errorf("%s: does not finish: %s", e.Title, text)
			}
		}
	}
	if got := list(t, s); len(got) != 2 || got[0].Template.Name != "refund an order" {
		t.Errorf("after the examples there are the tasks %+v", got)
	}
}

// watches reads the stream of an example to its end.
func watches(t *testing.T, s *server, e example) {
	t.Helper()
	stream := s.post(t, e.Query, parsed(t, e), "Accept", "text/event-stream").body
	for _, want := range []string{`"kind":"CALLBACK"`, `"taken":["`, `"from":"RUNNING","state":"FINISHED"`, "event: complete"} {
		if !strings.Contains(stream, want) {
			t.Errorf("%s: there is no %s in %s", e.Title, want, stream)
		}
	}
}

// parsed are the variables of an example.
func parsed(t *testing.T, e example) (variables any) {
	t.Helper()
	if e.Variables != "" {
		if err := json.Unmarshal([]byte(e.Variables), &variables); err != nil {
			t.Fatalf("%s: %v", e.Title, err)
		}
	}
	return variables
}

func TestWithoutDevTheExamplesNameNoTemplate(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for _, e := range examples(t, s) {
		if e.Variables != "" && !strings.Contains(e.Variables, `"templateId": "0"`) && !strings.Contains(e.Variables, idPlace) {
			t.Errorf("%s: %s", e.Title, e.Variables)
		}
	}
}
