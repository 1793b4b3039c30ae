package realcall

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/space"
)

// payload is what the host gets: the inputs, changed as the space wants it, and who
// calls (domain §3.3).
func (j *job) payload(params *expr.Dict, config space.UniformAPIConfig) *expr.Dict {
	out := expr.NewDict(params.Len() + 1)
	for i := range params.Len() {
		key, v := params.At(i)
		if v == "" && config.ExcludeNoneFields && j.since(secondVersion) {
			continue
		}
		if text, is := v.(string); is && config.ParameterConversion {
			if read, err := expr.Decode([]byte(text)); err == nil {
				v = read
			}
		}
		out.Set(expr.Str(key), v)
	}
	out.Set(extraKey, j.extra())
	return out
}

// extra tells who calls. A task without scope has null there; version 1 does not name
// the node.
func (j *job) extra() *expr.Dict {
	t := &j.call.Task
	out := expr.DictOf(
		"caller", t.Operator, "scope_type", orNull(t.ScopeType), "scope_value", orNull(t.ScopeValue),
		"task_id", int64(t.ID), "task_name", t.Name, "space_id", int64(t.SpaceID),
	)
	if j.since(secondVersion) {
		out.Set("node_id", j.effect.Node)
	}
	return out
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// withQuery adds the members to the query of a URL: null ones are left out, a list
// gives its name once per item, and an object is written as JSON. (The original sends
// no more than the names inside of an object.)
func withQuery(link string, members *expr.Dict) string {
	var pairs []string
	add := func(name string, v any) {
		var text string
		switch v := v.(type) {
		case nil:
			return
		case []any, *expr.Dict:
			raw, err := expr.Encode(v)
			if err != nil {
				return
			}
			text = string(raw)
		default:
			text = expr.Str(v)
		}
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(text))
	}
	for i := range members.Len() {
		key, v := members.At(i)
		if list, is := v.([]any); is {
			for _, item := range list {
				add(expr.Str(key), item)
			}
			continue
		}
		add(expr.Str(key), v)
	}
	link, _, _ = strings.Cut(link, "#")
	switch {
	case len(pairs) == 0:
		return link
	case !strings.Contains(link, "?"):
		link += "?"
	case !strings.HasSuffix(link, "?") && !strings.HasSuffix(link, "&"):
		link += "&"
	}
	return link + strings.Join(pairs, "&")
}

// headers are those of every call, and from version 3 on those of the space's API,
// which win (domain §3.3).
func (j *job) headers(link string, pair credential.Pair, config space.UniformAPIConfig) (h http.Header, problem string) {
	who := expr.DictOf("bk_app_code", pair.AppCode, "bk_app_secret", pair.Secret)
	if j.call.Task.Operator != "" {
		who.Set("bk_username", j.call.Task.Operator)
	}
	raw, err := expr.Encode(who)
	if err != nil {
		return nil, "the credential cannot be written as JSON"
	}
	h = http.Header{"Content-Type": {"application/json"}, "X-Bkapi-Authorization": {string(raw)}}
	if !j.since("v3.0.0") {
		return h, ""
	}
	api := apiOf(link, config.APIs)
	if api == nil {
		return h, ""
	}
	var own map[string]json.RawMessage
	if json.Unmarshal(api.Headers, &own) != nil {
		return h, ""
	}
	fill := j.variables()
	for name, value := range own {
		text := string(value)
		var plain string
		if json.Unmarshal(value, &plain) == nil {
			text = fill.Replace(plain)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return nil, "the header " + cut(name, 100) + " would hold a line break or another control character"
		}
		if sensitive(name) {
			j.secrets.add(text)
		}
		h.Set(name, text)
	}
	return h, ""
}

// variables fills in what a header may name. What a task lacks is an empty text;
// other variables stay as they are.
func (j *job) variables() *strings.Replacer {
	t := &j.call.Task
	return strings.NewReplacer(
		"${_system.operator}", t.Operator,
		"${_system.task_id}", strconv.Itoa(t.ID), "${_system.task_name}", t.Name,
		"${_system.space_id}", strconv.Itoa(t.SpaceID),
		"${_system.scope_type}", t.ScopeType, "${_system.scope_value}", t.ScopeValue,
	)
}

// apiOf finds the API whose catalogue is on the host that is called, else the first.
func apiOf(link string, apis []space.API) *space.API {
	if len(apis) == 0 {
		return nil
	}
	called, err := url.Parse(link)
	for i := range apis {
		if catalogue, e := url.Parse(apis[i].MetaAPIs); err == nil && e == nil && called.Host != "" && strings.EqualFold(called.Host, catalogue.Host) {
			return &apis[i]
		}
	}
	return &apis[0]
}
