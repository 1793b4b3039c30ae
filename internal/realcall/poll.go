package realcall

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/plugin"
)

// maxPolls is the count at which a node gives up; the first call counts, too.
const maxPolls = 200

// pollInterval is the time after the count-th call of a node, the first call being
// number 1 (domain §3.5): about a day until maxPolls.
func pollInterval(count int) time.Duration {
	if count < 30 {
		return 10 * time.Second
	}
	return min(time.Duration((count-25)*(count-25))*time.Second, 600*time.Second)
}

// tag is one state that an answer can show.
type tag struct {
	key           string
	value         any // a text or an int64
	message, data string
}

type pollConfig struct {
	url, taskTag              string
	success, failure, running tag
}

type callbackConfig struct{ success, failure tag }

func readPollConfig(given any) (*pollConfig, string) {
	d, ok := given.(*expr.Dict)
	if !ok {
		return nil, plugin.UniformPolling + " must be an object"
	}
	c := &pollConfig{}
	var problems []string
	c.url = strings.TrimSpace(textMember(d, "url", &problems))
	c.taskTag = pathMember(d, "task_tag_key", true, &problems)
	c.success = readTag(d, "success_tag", &problems)
	c.failure = readTag(d, "fail_tag", &problems)
	c.running = readTag(d, "running_tag", &problems)
	return c, strings.Join(problems, "; ")
}

func readCallbackConfig(given any) (*callbackConfig, string) {
	d, ok := given.(*expr.Dict)
	if !ok {
		return nil, plugin.UniformCallback + " must be an object"
	}
	c := &callbackConfig{}
	var problems []string
	c.success = readTag(d, "success_tag", &problems)
	c.failure = readTag(d, "fail_tag", &problems)
	return c, strings.Join(problems, "; ")
}

func readTag(of *expr.Dict, name string, problems *[]string) tag {
	v, _ := of.Get(name)
	d, ok := v.(*expr.Dict)
	if !ok {
		*problems = append(*problems, name+" must be an object with key and value")
		return tag{}
	}
	var inner []string
	t := tag{
		key:     pathMember(d, "key", true, &inner),
		message: pathMember(d, "msg_key", false, &inner),
		data:    pathMember(d, "data_key", false, &inner),
	}
	t.value, _ = d.Get("value")
	switch t.value.(type) {
	case string, int64:
	default:
		inner = append(inner, "value must be a text or a whole number")
	}
	for _, problem := range inner {
		*problems = append(*problems, name+"."+problem)
	}
	return t
}

func textMember(d *expr.Dict, name string, problems *[]string) string {
	v, _ := d.Get(name)
	text, ok := v.(string)
	if !ok || strings.TrimSpace(text) == "" {
		*problems = append(*problems, name+" must be a text")
	}
	return text
}

// pathMember reads a JMESPath; one that may be missing is "" then.
func pathMember(d *expr.Dict, name string, needed bool, problems *[]string) string {
	if v, _ := d.Get(name); !needed && !expr.Truth(v) {
		return ""
	}
	before := len(*problems)
	path := textMember(d, name, problems)
	if len(*problems) == before {
		if err := checkPath(path); err != nil {
			*problems = append(*problems, name+": "+err.Error())
		}
	}
	return path
}

// poll asks for the state of what the first call has begun.
func (j *job) poll() engine.Answer {
	count := j.effect.Polls + 1
	if count >= maxPolls {
		return j.fail("[uniform_api polling] polled too often: %d times in about a day, and there is no result yet", count)
	}
	config, problem := readPollConfig(j.input(plugin.UniformPolling))
	if problem != "" {
		return j.fail("%s bad polling configuration: %s", pollPrefix, problem)
	}
	pair, problem := j.allowed()
	if problem != "" {
		return j.fail("%s %s", pollPrefix, problem)
	}
	trigger, _ := j.outputs.Get(plugin.TriggerOutput)
	job, err := search(config.taskTag, trigger)
	if err != nil || job == nil {
		return j.fail("%s the tag of the task is not found: %s finds nothing in the first answer, %s", pollPrefix, config.taskTag, j.quote(trigger))
	}
	query := expr.DictOf("task_tag", job)
	extra := j.extra()
	for i := range extra.Len() {
		key, v := extra.At(i)
		query.Set(expr.Str(key), v)
	}
	header, problem := j.headers(config.url, pair, j.call.Space.UniformAPI)
	if problem != "" {
		return j.fail("%s %s", pollPrefix, problem)
	}
	response, err := j.send(outbound.Request{Method: http.MethodGet, URL: withQuery(config.url, query), Header: header}, defaultTimeout)
	if err != nil {
		return j.fail("%s the call failed: %v", pollPrefix, err)
	}
	a := readAnswer(response)
	if reason := a.refusal(j.standard()); reason != "" {
		return j.refused(pollPrefix, a, reason)
	}
	if !a.json {
		return j.fail("%s HTTP status code: %d, message: the answer is not JSON", pollPrefix, a.status)
	}
	return j.state(pollPrefix, a.body, config.success, config.failure, func() (engine.Answer, error) {
		running, err := config.running.matches(a.body)
		if err != nil || !running {
			return engine.Answer{}, err
		}
		return engine.Waiting(pollInterval(count + 1)), nil
	})
}

// callback reads what a host brings by itself (domain §3.6).
func (j *job) callback() engine.Answer {
	if !j.effect.HasCallback {
		return j.fail("%s there is no callback to read", callbackPrefix)
	}
	config, problem := readCallbackConfig(j.input(plugin.UniformCallback))
	if problem != "" {
		return j.fail("%s bad callback configuration: %s", callbackPrefix, problem)
	}
	return j.state(callbackPrefix, j.effect.Callback.Any, config.success, config.failure, nil)
}

// state finds which tag the data show: success, then failure, then what else there
// is. None of them is a failure, too.
func (j *job) state(prefix string, data any, success, failure tag, other func() (engine.Answer, error)) engine.Answer {
	hit, err := success.matches(data)
	if err != nil {
		return j.fail("%s success_tag: %v", prefix, err)
	}
	if hit {
		if success.data == "" {
			return engine.Success()
		}
		found, err := search(success.data, data)
		if err != nil {
			return j.fail("%s success_tag.data_key: %v", prefix, err)
		}
		j.outputs.Set(plugin.DataOutput, found)
		return engine.Success()
	}
	if hit, err = failure.matches(data); err != nil {
		return j.fail("%s fail_tag: %v", prefix, err)
	}
	if hit {
		if failure.message != "" {
			if found, err := search(failure.message, data); err == nil && found != nil {
				j.outputs.Set(exData, found)
				return engine.Answer{}
			}
		}
		return j.fail("%s the state is one of failure: %s", prefix, j.quote(data))
	}
	if other != nil {
		switch answer, err := other(); {
		case err != nil:
			return j.fail("%s running_tag: %v", prefix, err)
		case answer.OK:
			return answer
		}
	}
	return j.fail("%s unknown status, none of the tags fits: %s", prefix, j.quote(data))
}

// matches compares exactly and by type: "1" is not 1, and true is neither.
func (t tag) matches(data any) (bool, error) {
	found, err := search(t.key, data)
	if err != nil {
		return false, fmt.Errorf("%s: %w", t.key, err)
	}
	switch want := t.value.(type) {
	case string:
		got, ok := found.(string)
		return ok && got == want, nil
	case int64:
		switch got := found.(type) {
		case int64:
			return got == want, nil
		case float64:
			return got == float64(want), nil
		}
	}
	return false, nil
}
