package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
)

// Problem codes; docs/errors.md explains them.
const (
	codeRequired     = "REQUIRED"
	codeBlank        = "BLANK"
	codeWrongType    = "WRONG_TYPE"
	codeInvalidValue = "INVALID_VALUE"
	codeNotFound     = "NOT_FOUND"
	codeUnknownField = "UNKNOWN_FIELD"
)

// maxUnknown is how many unknown fields are named; the rest is counted.
const maxUnknown = 50

// fields reads the values of a request and notes what is wrong and what is odd.
type fields struct{ problems, warnings []fault.Problem }

func (f *fields) wrong(code, message string, path ...string) {
	f.problems = append(f.problems, fault.Problem{Code: code, Message: message, Path: path})
}

func (f *fields) wrongType(raw json.RawMessage, want string, path ...string) {
	f.wrong(codeWrongType, fmt.Sprintf("%s must be %s, not %s", strings.Join(path, "."), want, input.Kind(raw)), path...)
}

// text reads a text. A number counts as its text; nothing else does (domain §1.2).
func (f *fields) text(raw json.RawMessage, path ...string) string {
	var text string
	switch {
	case number(raw):
		return string(raw)
	case raw[0] == '"' && json.Unmarshal(raw, &text) == nil:
		return text
	}
	f.wrongType(raw, "a text", path...)
	return ""
}

// required is text for a field that must be there.
func (f *fields) required(in members, name string) string {
	raw, given := in[name]
	if !given {
		f.wrong(codeRequired, name+" is required", name)
		return ""
	}
	return f.text(raw, name)
}

var wholeNumber = regexp.MustCompile(`^-?[0-9]{1,18}$`)

// id reads the id of a required field: a whole number, or its text.
func (f *fields) id(in members, name string) string {
	raw, given := in[name]
	if !given {
		f.wrong(codeRequired, name+" is required", name)
		return ""
	}
	text := string(raw)
	if raw[0] == '"' {
		text = strings.TrimSpace(f.text(raw, name))
	}
	if !wholeNumber.MatchString(text) {
		f.wrong(codeWrongType, name+" must be a whole number", name)
		return ""
	}
	// As the number is written everywhere: "007" is 7.
	n, err := strconv.Atoi(text)
	if err != nil {
		f.wrong(codeWrongType, name+" must be a whole number", name)
		return ""
	}
	return strconv.Itoa(n)
}

// texts reads a list of texts. An item that is none is "" in the result, so that
// the others keep their places.
func (f *fields) texts(raw json.RawMessage, path ...string) []string {
	var items []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		f.wrongType(raw, "a list of texts", path...)
		return nil
	}
	list := make([]string, len(items))
	for i, item := range items {
		list[i] = f.text(item, append(slices.Clone(path), strconv.Itoa(i))...)
	}
	return list
}

// object reads an object.
func (f *fields) object(raw json.RawMessage, path ...string) members {
	var object members
	if raw[0] != '{' || json.Unmarshal(raw, &object) != nil {
		f.wrongType(raw, "an object", path...)
	}
	return object
}

// unknown warns of the fields that nobody reads, as the original silently does.
func (f *fields) unknown(in members, known []string, path ...string) {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(in)), func(name string) bool { return slices.Contains(known, name) })
	for i, name := range names {
		if i == maxUnknown {
			f.warnings = append(f.warnings, fault.Problem{
				Code: codeUnknownField, Path: path, Message: fmt.Sprintf("and %d unknown fields more", len(names)-i),
			})
			return
		}
		at := append(slices.Clone(path), name)
		f.warnings = append(f.warnings, fault.Problem{
			Code: codeUnknownField, Path: at, Message: strings.Join(at, ".") + " is no field of this request and was ignored",
		})
	}
}

func number(raw json.RawMessage) bool { return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' }
