package realcall

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/plugin"
)

// exData is the output that says why a node failed.
const exData = "ex_data"

// Longest texts in characters: of an answer that an error quotes, and of a URL.
const (
	maxQuoted = 1000
	maxURL    = 2000
)

// job is one effect on its way.
type job struct {
	*Service
	ctx        context.Context
	call       Call
	effect     *engine.CallPlugin
	inputs     *expr.Dict
	outputs    *expr.Dict
	secrets    secrets
	exchange   *Exchange
	credential *CredentialUse
}

func (j *job) run() engine.Answer {
	switch j.effect.Plugin {
	case plugin.UniformAPI:
		return j.uniform()
	case plugin.HTTPRequest:
		return j.httpRequest()
	}
	return j.fail("the plugin %s of version %s makes no call here", j.effect.Plugin, j.effect.PluginVersion)
}

func (j *job) result(answer engine.Answer) Result {
	outputs, _ := j.secrets.scrub(j.outputs).(*expr.Dict)
	if answer.Raised != "" {
		answer.Raised = j.secrets.text(answer.Raised)
	}
	return Result{
		Outcome: engine.Outcome{
			Node: j.effect.Node, Version: j.effect.Version, Call: j.effect.Number,
			Answer: answer, Outputs: engine.Fields{Dict: outputs},
		},
		Exchange: j.exchange, Credential: j.credential,
	}
}

// fail sets the reason and gives a failure.
func (j *job) fail(format string, args ...any) engine.Answer {
	j.outputs.Set(exData, fmt.Sprintf(format, args...))
	return engine.Answer{}
}

func (j *job) input(key string) any {
	v, _ := j.inputs.Get(key)
	return v
}

// textInput is an input that is a text, without white space around it.
func (j *job) textInput(key string) string {
	s, _ := j.input(key).(string)
	return strings.TrimSpace(s)
}

// send makes the one call of the job and keeps a record of it. The error is to be
// read by people.
func (j *job) send(r outbound.Request, timeout time.Duration) (*outbound.Response, error) {
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "rehearse")
	}
	ctx, cancel := context.WithTimeout(j.ctx, timeout)
	defer cancel()
	made := &Exchange{Method: r.Method, URL: j.shownURL(r.URL), Started: j.deps.Now(), RequestBytes: len(r.Body)}
	answer, err := j.deps.HTTP.Do(ctx, r)
	made.Duration = j.deps.Now().Sub(made.Started)
	if err != nil {
		made.Error = j.secrets.text(err.Error())
		var known *outbound.Error
		switch {
		case !errors.As(err, &known):
			made.Error = "the call failed"
			j.exchange = made
		case known.Sent:
			made.Status = known.Status
			j.exchange = made
		}
		return nil, errors.New(made.Error)
	}
	made.Status, made.ResponseBytes = answer.Status, len(answer.Body)
	j.exchange = made
	j.outputs.Set(plugin.StatusOutput, int64(answer.Status))
	return answer, nil
}

// sensitive names headers and parameters whose values are secrets.
func sensitive(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"authorization", "cookie", "token", "secret", "password", "passwd", "apikey", "api-key", "api_key", "signature", "credential"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// shownURL is a URL as people may see it.
func (j *job) shownURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User, u.Fragment = nil, ""
	var shown []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, given := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); given && (err != nil || sensitive(plain)) {
			pair = name + "=" + mask
		}
		shown = append(shown, pair)
	}
	u.RawQuery = strings.Join(shown, "&")
	return cut(j.secrets.text(u.String()), maxURL)
}

// answer is what a host has answered.
type answer struct {
	status int
	// body is the JSON of it; json is false when it is none, or none that can be kept,
	// and text is the body then.
	body any
	json bool
	text string
}

func readAnswer(r *outbound.Response) answer {
	a := answer{status: r.Status}
	if utf8.Valid(r.Body) {
		if body, err := expr.Decode(r.Body); err == nil && shallow(body, maxDepth) {
			a.body, a.json = body, true
			return a
		}
	}
	a.text = strings.ToValidUTF8(string(r.Body), "\uFFFD")
	return a
}

// good tells whether the status is one of success.
func (a answer) good() bool {
	return a.status >= http.StatusOK && a.status < http.StatusMultipleChoices
}

// quote shows a value inside of a message. Secrets go before it is cut, for a piece of
// one would not be found any more.
func (j *job) quote(v any) string {
	v = j.secrets.scrub(v)
	raw, err := expr.Encode(v)
	if err != nil {
		return cut(expr.Str(v), maxQuoted)
	}
	return cut(string(raw), maxQuoted)
}
