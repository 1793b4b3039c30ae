package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rehearse.dev/internal/fault"
)

// guarded runs a handler under the guard and returns what is answered and logged.
func guarded(t *testing.T, next http.HandlerFunc) (r *httptest.ResponseRecorder, log string) {
	t.Helper()
	var b bytes.Buffer
	h := &handler{log: slog.New(slog.NewTextHandler(&b, nil))}
	r = httptest.NewRecorder()
	h.guarded(next).ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil))
	return r, b.String()
}

func TestAPanicIsAnsweredWithAnIDThatTheLogShares(t *testing.T) {
	t.Parallel()
	r, log := guarded(t, func(http.ResponseWriter, *http.Request) { panic("s3cr3t") })
	var e envelope
	if err := json.Unmarshal(r.Body.Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	_, id, ok := strings.Cut(e.Message, "internal error, error_id=")
	if !ok || r.Code != http.StatusInternalServerError || e.Result || strings.Contains(r.Body.String(), "s3cr3t") {
		t.Errorf("status %d: %s", r.Code, r.Body)
	}
	if !strings.Contains(log, "error_id="+id) || !strings.Contains(log, "s3cr3t") || !strings.Contains(log, "guard_test.go") {
		t.Errorf("the log is %s", log)
	}
}

func TestTheServersOwnPanicIsLeftToIt(t *testing.T) {
	t.Parallel()
	defer func() {
		if v, ok := recover().(error); !ok || !errors.Is(v, http.ErrAbortHandler) {
			t.Errorf("recovered %v", v)
		}
	}()
	guarded(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

func TestOnlyFaultsAreShown(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	h := &handler{log: slog.New(slog.NewTextHandler(&b, nil))}
	for _, err := range []error{errors.New("s3cr3t"), fault.Newf(fault.CodeInternal, "s3cr3t"), fmt.Errorf("x: %w", errors.New("s3cr3t"))} {
		if shown := h.public(t.Context(), err); strings.Contains(shown.Message, "s3cr3t") || shown.Code != fault.CodeInternal {
			t.Errorf("%v is shown as %v", err, shown)
		}
	}
	known := fault.Newf(fault.CodeExhausted, "too many")
	if shown := h.public(t.Context(), fmt.Errorf("write: %w", known)); shown != known {
		t.Errorf("a fault is shown as %v", shown)
	}
	if late := h.public(t.Context(), fmt.Errorf("read: %w", context.DeadlineExceeded)); late.Code != fault.CodeExhausted {
		t.Errorf("an end of the request is shown as %v", late)
	}
}
