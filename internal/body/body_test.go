package body_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"rehearse.dev/internal/body"
	"rehearse.dev/internal/fault"
)

func read(t *testing.T, from io.Reader, length int64) ([]byte, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", from)
	r.ContentLength = length
	return body.Read(httptest.NewRecorder(), r)
}

func TestReadKeepsToTheLimit(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]int64{"announced": body.Max, "not announced": -1, "announced wrongly": 5} {
		text, err := read(t, strings.NewReader(strings.Repeat("x", body.Max)), length)
		if err != nil || len(text) != body.Max {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
		if text, err = read(t, strings.NewReader(strings.Repeat("x", body.Max+1)), length); !errors.Is(err, body.ErrTooLarge) || text != nil {
			t.Errorf("%s, a byte more: %d bytes, %v", name, len(text), err)
		}
	}
}

func TestABodyThatBreaksOffIsTheCallersMatter(t *testing.T) {
	t.Parallel()
	_, err := read(t, io.MultiReader(strings.NewReader(`{"a"`), iotest.ErrReader(errors.New("s3cr3t"))), -1)
	if fault.CodeOf(err) != fault.CodeInvalid || strings.Contains(err.Error(), "s3cr3t") {
		t.Error(err)
	}
}

func TestCheckRefusesWhatReadersUnderstandDifferently(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a": 1, "\u0061": 2}`: "twice", `{"a": "\u0000"}`: "NUL", `[9007199254740993]`: "2^53", "\"\xff\"": "UTF-8", `{`: "not JSON",
		strings.Repeat("[", 101) + strings.Repeat("]", 101): "deeper",
	} {
		if err := body.Check([]byte(text)); fault.CodeOf(err) != fault.CodeInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v", text, err)
		}
	}
	if err := body.Check([]byte(`{"a": [1.50, "é", null]}`)); err != nil {
		t.Error(err)
	}
}
