package operation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/operation"
	"rehearse.dev/internal/fault"
)

func TestResponsesHaveOnlyTheirMembers(t *testing.T) {
	t.Parallel()
	errs := gqlerror.List{{Message: "no"}}
	for want, response := range map[string]*graphql.Response{
		`{}`:                            {},
		`{"data":{"a": 1.50}}`:          {Data: []byte(`{"a": 1.50}`)},
		`{"errors":[{"message":"no"}]}`: {Errors: errs},
		`{"errors":[{"message":"no"}],"data":null}`:       {Errors: errs, Data: []byte("null")},
		`{"data":{},"extensions":{"cost":3}}`:             {Data: []byte("{}"), Extensions: map[string]any{"cost": 3}},
		`{"errors":[{"message":"no"}],"extensions":null}`: {Errors: errs, Extensions: map[string]any{"f": func() {}}},
	} {
		if got := string(operation.AppendResponse([]byte("x"), response)); got != "x"+want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestErrorHasItsCode(t *testing.T) {
	t.Parallel()
	got := string(operation.AppendErrors(nil, operation.Error(fault.CodeExhausted, "too many")))
	if got != `[{"message":"too many","extensions":{"code":"RESOURCE_EXHAUSTED"}}]` {
		t.Error(got)
	}
}

func TestGuardedTurnsAPanicIntoAnError(t *testing.T) {
	t.Parallel()
	if err := operation.Guarded(func() {}); err != nil {
		t.Error(err)
	}
	err := operation.Guarded(func() { panic("broken") })
	if !errors.Is(err, operation.ErrPanic) || !strings.Contains(err.Error(), "broken") || !strings.Contains(err.Error(), "encode_test.go") {
		t.Error(err)
	}
}
