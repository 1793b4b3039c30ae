package graph

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rehearse.dev/internal/auth"
)

// Nothing but this test makes an executor without a reader: it stands for any defect
// outside of a resolver.
func TestADefectIsAnAnswerWithoutItsCause(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	x, err := NewExecutor(Services{}, slog.New(slog.NewTextHandler(&log, nil)), Options{})
	must(t, err)
	ctx := auth.WithCaller(t.Context(), auth.Caller{AppID: 1, AppCode: "app", Spaces: []int{1}})
	const payload = `{"query": "{ tasks(first: 1) { nodes { id } } }"}`
	next, errs := x.Begin(ctx, []byte(payload))
	if errs != nil {
		t.Fatal(errs)
	}
	response := next()
	if response == nil || len(response.Errors) != 1 || code(response.Errors[0]) != "INTERNAL" || response.Errors[0].Message != internalMessage {
		t.Fatalf("got %+v", response)
	}
	if more := next(); more != nil {
		t.Errorf("and then %+v", more)
	}
	for _, accept := range []string{typeJSON, typeResponse} {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(payload))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		x.serve(w, r)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "nil pointer") || strings.Contains(w.Body.String(), "data") {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	}
	if !strings.Contains(log.String(), "nil pointer") {
		t.Errorf("the log does not tell: %s", log.String())
	}
}
