package rest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rehearse.dev/internal/fault"
)

// FuzzRequest feeds bodies to everything that reads them before the service does:
// whatever comes, there is an answer, and each problem leads to a field.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, `{"template_id": "4", "creator": 5, "name": "a"}`,
		`{"template_id": -0, "mock_data": {"nodes": [null, {}, 1e9], "outputs": null, "mock_data_ids": {"a": "1", "": 2}}}`,
		`{"mock_data": {"fail_nodes": ["a", ""], "errors": {"a": "x", "b": [], "c": 1}}, "bk_app_code": "x", "bk_app_secret": 1}`,
		`{"credentials": null, "description": null, "mock_data": null, "constants": null}`, "{\"a\":\"\xff\"}", ` { "x" : "\ud83e\udd86" } `,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(text))
		in, err := readMembers(httptest.NewRecorder(), r)
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		_, _ = credentials(in)
		read := readRequest(in)
		for _, p := range append(read.problems, read.warnings...) {
			if len(p.Path) == 0 && p.Code != codeUnknownField || p.Message == "" || p.Code == "" {
				t.Errorf("%q: %+v", text, p)
			}
		}
		refusal := fault.As(read.refusal([]fault.Problem{{Code: codeNotFound, Message: "x", Path: []string{"templateId"}}}))
		if refusal == nil || len(refusal.Problems) == 0 || !json.Valid([]byte(byField(refusal))) {
			t.Errorf("%q: %v", text, refusal)
		}
	})
}
