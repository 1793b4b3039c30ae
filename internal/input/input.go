// Package input checks the texts that callers send: presence, length in code
// points, UTF-8 and NUL. A Checker gathers every problem of a request, so that
// one answer lists them all.
package input

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"rehearse.dev/internal/fault"
)

// Unlimited is the limit of a text that only the size of the request bounds.
const Unlimited = 0

// Problem codes; the API's UserErrorCode explains them.
const (
	codeBlank        = "BLANK"
	codeTooLong      = "TOO_LONG"
	codeInvalidValue = "INVALID_VALUE"
)

// Checker gathers problems. Its zero value is ready; it is not for concurrent use.
type Checker struct{ problems []fault.Problem }

// Problems returns what was gathered, in the order of the checks.
func (c *Checker) Problems() []fault.Problem { return c.problems }

// Err returns the problems as one fault, or nil when there are none.
func (c *Checker) Err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return fault.Invalid(c.problems...)
}

// Add gathers one problem.
func (c *Checker) Add(code, message string, path ...string) {
	c.problems = append(c.problems, fault.Problem{Code: code, Message: message, Path: path})
}

// Append gathers problems that another check has found.
func (c *Checker) Append(problems ...fault.Problem) { c.problems = append(c.problems, problems...) }

// Required trims the text and demands 1 to limit code points.
func (c *Checker) Required(text string, limit int, path ...string) string {
	text = c.Text(text, limit, path...)
	if text == "" {
		c.Add(codeBlank, last(path)+" must not be blank", path...)
	}
	return text
}

// Text trims the text and demands at most limit code points.
func (c *Checker) Text(text string, limit int, path ...string) string {
	text = strings.TrimSpace(text)
	switch {
	case !utf8.ValidString(text):
		c.Add(codeInvalidValue, last(path)+" is not UTF-8", path...)
	case strings.ContainsRune(text, 0):
		c.Add(codeInvalidValue, last(path)+" must not hold a NUL character", path...)
	case limit != Unlimited && utf8.RuneCountInString(text) > limit:
		c.Add(codeTooLong, fmt.Sprintf("%s must have at most %d characters", last(path), limit), path...)
	}
	return text
}

func last(path []string) string {
	if len(path) == 0 {
		return "the text"
	}
	return path[len(path)-1]
}
