package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ask sends a GraphQL request as the demo application and decodes its data.
func (s *server) ask(t *testing.T, document string, variables, data any) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Bkapi-Authorization", s.header)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // was only read
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var whole struct{ Data, Errors json.RawMessage }
	if err := json.Unmarshal(answer, &whole); err != nil || whole.Errors != nil || json.Unmarshal(whole.Data, data) != nil {
		t.Fatalf("%s: %s", document, answer)
	}
}

// Rotations that are killed at any moment leave a database that the server starts
// with, and a last one that is left alone finishes.
func TestARotationMayBeKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, nil, "--dev", "--max-root-fields", "100", "--max-aliases", "100")
	var spaces struct {
		Viewer    struct{ Spaces []struct{ ID string } }
		Templates struct{ Nodes []struct{ ID string } }
	}
	s.ask(t, `{ viewer { spaces { id } } templates { nodes { id } } }`, nil, &spaces)
	// base64 of {"bk_app_code": "my_app", "bk_app_secret": "my_secret"}
	const credential = "eyJia19hcHBfY29kZSI6ICJteV9hcHAiLCAiYmtfYXBwX3NlY3JldCI6ICJteV9zZWNyZXQifQ=="
	var document strings.Builder
	document.WriteString("mutation {")
	for i := range 60 {
		fmt.Fprintf(&document, ` t%d: createMockTask(input: {templateId: %q, name: "t", creator: "me", credentials: {shop: %q}}) { userErrors { message } }`,
			i, spaces.Templates.Nodes[0].ID, credential)
	}
	for i := range 30 {
		fmt.Fprintf(&document, ` c%d: createCredential(input: {spaceId: %q, name: "c%d", type: CUSTOM, content: {a: "b"}}) { userErrors { message } }`,
			i, spaces.Viewer.Spaces[0].ID, i)
	}
	var answers map[string]struct{ UserErrors []any }
	s.ask(t, document.String()+"}", nil, &answers)
	for name, a := range answers {
		if len(a.UserErrors) > 0 {
			t.Fatalf("%s: %v", name, a.UserErrors)
		}
	}
	s.stop(t)

	for i := range 12 {
		p := start(t, dir, nil, "rotate-key")
		select {
		case <-time.After(time.Duration(i*4) * time.Millisecond):
			_ = p.cmd.Process.Kill() // it may have ended
			<-p.ended
		case <-p.ended:
		}
		if i%4 == 3 {
			serve(t, dir, nil, "--dev").stop(t)
		}
	}
	if r := run(t, dir, nil, "rotate-key"); r.code != 0 {
		t.Fatalf("code %d: %s%s", r.code, r.out, r.err)
	}
	if r := run(t, dir, nil, "rotate-key", "--drop-old"); r.code != 0 || !strings.Contains(r.out, "older keys removed") {
		t.Fatalf("code %d: %s%s", r.code, r.out, r.err)
	}
	again := serve(t, dir, nil, "--dev")
	if again.header != s.header {
		t.Error("the demo application has another secret")
	}
	again.stop(t)
}
