package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/body"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
)

// members are the fields of a body, each as it was sent.
type members = map[string]json.RawMessage

// Fields in which a caller names itself. In the original the gateway takes them
// away, so that nothing behind it sees them (domain §1.2).
const (
	fieldAppCode   = "bk_app_code"
	fieldAppSecret = "bk_app_secret"
	fieldUsername  = "bk_username"
	fieldToken     = "bk_token"
	// fieldEither is how the contract's examples write the last two; it says nothing.
	fieldEither = "bk_username or bk_token"
)

// identify returns who calls: by header or, without one, by the fields of the body,
// which is returned then. A header counts for itself: the fields are neither needed
// nor looked at beside it.
func (h *handler) identify(w http.ResponseWriter, r *http.Request) (auth.Caller, members, error) {
	if named(r.Header) {
		caller, err := h.auth.Header(r.Context(), r.Header)
		return caller, nil, err
	}
	in, err := readMembers(w, r)
	if fault.CodeOf(err) == fault.CodeInvalid {
		return auth.Caller{}, nil, fault.Newf(fault.CodeUnauthenticated, "%s; the body could have said it, but %v", nobody, err)
	}
	if err != nil {
		return auth.Caller{}, nil, err
	}
	sent, err := credentials(in)
	if err != nil {
		return auth.Caller{}, nil, err
	}
	caller, err := h.auth.Check(r.Context(), sent)
	return caller, in, err
}

const nobody = "no header says who calls"

// named reports whether a header tries to say who calls. An Authorization of another
// scheme is for whoever stands in front of the server.
func named(h http.Header) bool {
	return len(h.Values(auth.AppHeader)) > 0 || len(h.Values(auth.GatewayHeader)) > 0 ||
		slices.ContainsFunc(h.Values(auth.TokenHeader), func(value string) bool {
			scheme, _, _ := strings.Cut(value, " ")
			return strings.EqualFold(scheme, "Bearer")
		})
}

// credentials reads the fields that say who calls. bk_token, the user's session, is
// checked for its type only: nobody here can tell whose it is.
func credentials(in members) (auth.Credentials, error) {
	if in[fieldAppCode] == nil && in[fieldAppSecret] == nil {
		return auth.Credentials{}, fault.Newf(fault.CodeUnauthenticated,
			"%s: send %s, or %s and %s in the body", nobody, auth.AppHeader, fieldAppCode, fieldAppSecret)
	}
	var c auth.Credentials
	var token string
	for _, field := range []struct {
		name string
		to   *string
	}{{fieldAppCode, &c.AppCode}, {fieldAppSecret, &c.AppSecret}, {fieldUsername, &c.Username}, {fieldToken, &token}} {
		raw, given := in[field.name]
		if !given {
			continue
		}
		if raw[0] != '"' || json.Unmarshal(raw, field.to) != nil {
			return auth.Credentials{}, fault.Newf(fault.CodeUnauthenticated, "%s must be a text", field.name)
		}
	}
	return c, nil
}

// readMembers reads the body, which must be a JSON object.
func readMembers(w http.ResponseWriter, r *http.Request) (members, error) {
	text, err := body.Read(w, r)
	if err != nil {
		return nil, err
	}
	if err := fault.As(body.Check(text)); err != nil {
		for i := range err.Problems { // which speak as of a tree
			p := &err.Problems[i]
			p.Code, p.Message = codeInvalidValue, strings.Replace(p.Message, "the text ", "the request body ", 1)
		}
		return nil, fault.Invalid(err.Problems...)
	}
	in := members{}
	if text = bytes.TrimSpace(text); text[0] != '{' {
		return nil, fault.Newf(fault.CodeInvalid, "the request body must be a JSON object, not %s", input.Kind(text))
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("decode a body that was checked: %w", err)
	}
	return in, nil
}
