// Package body reads the body of a request for every edge alike: within its limit,
// and as JSON that means the same to every reader.
//
// It must not know what the body is about.
package body

import (
	"bytes"
	"errors"
	"net/http"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// Max is the largest body in bytes: a tree of the largest size and some room for
// the rest.
const Max = flow.MaxTreeBytes + 1<<20

// ErrTooLarge is what Read says of a body that is larger than Max.
var ErrTooLarge = fault.Newf(fault.CodeExhausted, "the request body is larger than %d bytes", Max)

// Read reads the body. It returns ErrTooLarge, or fault.CodeInvalid for a body that
// breaks off.
func Read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength <= Max {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, Max))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, ErrTooLarge
	case err != nil:
		return nil, fault.Newf(fault.CodeInvalid, "the request body could not be read")
	}
	return b.Bytes(), nil
}

// Check returns a fault.CodeInvalid with every reason why the body is not JSON that
// all readers understand alike: broken grammar, bytes that are not UTF-8, a name
// that an object has twice, NUL characters, integers beyond 2^53, deep nesting.
func Check(text []byte) error {
	if problems := flow.CheckJSON(text, Max); len(problems) > 0 {
		return fault.Invalid(problems...)
	}
	return nil
}
