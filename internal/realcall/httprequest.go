package realcall

import (
	"net/http"
	"slices"
	"strings"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/plugin"
)

// httpMethods are those that a bk_http_request may use.
var httpMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// httpRequest carries out bk_http_request (engine §11): the answer must be JSON, its
// status one of success, and the condition over resp, if there is one, must hold.
func (j *job) httpRequest() engine.Answer {
	if j.effect.Schedule {
		return j.fail("the request was made before: there is nothing to ask for again")
	}
	method := strings.ToUpper(j.textInput(plugin.HTTPMethod))
	if !slices.Contains(httpMethods, method) {
		return j.fail("the method %q is not one of %s", cut(method, 20), strings.Join(httpMethods, ", "))
	}
	timeout, err := seconds(j.input(plugin.HTTPTimeout), maxTimeout)
	if err != nil {
		return j.fail("%v", err)
	}
	request := outbound.Request{Method: method, URL: j.textInput(plugin.HTTPURL), Header: http.Header{}}
	if method != http.MethodGet && method != http.MethodHead {
		request.Header.Set("Content-Type", "application/json")
		if request.Body, err = httpBody(j.input(plugin.HTTPBody)); err != nil {
			return j.fail("the body cannot be written as JSON: %v", err)
		}
	}
	if problem := j.httpHeaders(request.Header); problem != "" {
		return j.fail("%s", problem)
	}
	response, err := j.send(request, timeout)
	if err != nil {
		return j.fail("the request failed: %v", err)
	}
	a := readAnswer(response)
	if !a.json {
		return j.fail("the answer is not JSON, HTTP status code: %d", a.status)
	}
	j.outputs.Set(plugin.DataOutput, a.body)
	if !a.good() {
		return j.fail("the request failed, HTTP status code: %d, answer: %s", a.status, j.quote(a.body))
	}
	condition := j.textInput(plugin.HTTPSuccess)
	if condition == "" {
		return engine.Success()
	}
	switch holds, err := (expr.Limits{}).Rule(condition, expr.DictOf("resp", a.body)); {
	case err != nil:
		return j.fail("the success condition cannot be decided: %v", err)
	case !holds:
		return j.fail("the answer does not meet the success condition %s", cut(j.secrets.text(condition), maxQuoted))
	}
	return engine.Success()
}

// httpBody is a text as it is and everything else as JSON.
func httpBody(v any) ([]byte, error) {
	if text, is := v.(string); is {
		return []byte(text), nil
	}
	return expr.Encode(v)
}

// httpHeaders adds the headers of the node. A row of the form that was left empty is
// no header.
func (j *job) httpHeaders(h http.Header) (problem string) {
	given := j.input(plugin.HTTPHeader)
	if !expr.Truth(given) {
		return ""
	}
	rows, ok := given.([]any)
	if !ok {
		return plugin.HTTPHeader + " must be a list of objects with name and value"
	}
	for _, row := range rows {
		pair, ok := row.(*expr.Dict)
		if !ok {
			return plugin.HTTPHeader + " must be a list of objects with name and value"
		}
		name, _ := pair.Get("name")
		value, _ := pair.Get("value")
		key, text := strings.TrimSpace(expr.Str(name)), ""
		if name == nil || key == "" {
			continue
		}
		if value != nil {
			text = expr.Str(value)
		}
		if sensitive(key) {
			j.secrets.add(text)
			if _, token, ok := strings.Cut(text, " "); ok { // Bearer …, Basic …
				j.secrets.add(strings.TrimSpace(token))
			}
		}
		h.Set(key, text)
	}
	return ""
}
