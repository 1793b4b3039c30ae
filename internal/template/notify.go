package template

import (
	"encoding/json"
	"slices"
	"strconv"

	"rehearse.dev/internal/fault"

	"rehearse.dev/internal/input"
)

// CheckNotifyConfig says what is wrong with a notify configuration (domain §1.8).
// {} is fine and means nobody. Paths are relative to the configuration; the codes
// are those of user errors.
func CheckNotifyConfig(raw json.RawMessage) []fault.Problem {
	var f found
	raw = f.object(raw)
	config := members(raw)
	if f.any() || len(config) == 0 {
		return f.Problems()
	}
	n := notify{&f}
	if types, ok := n.section(config, "notify_type", true); ok {
		n.texts(types, "notify_type", "success")
		n.texts(types, "notify_type", "fail")
	}
	if receivers, ok := n.section(config, "notify_receivers", true); ok {
		n.texts(receivers, "notify_receivers", "receiver_group")
		n.text(receivers, "notify_receivers", "more_receiver")
	}
	if format, ok := n.section(config, "notify_format", false); ok {
		n.text(format, "notify_format", "title")
		n.text(format, "notify_format", "content")
	}
	return f.Problems()
}

// notifyConfig checks the notifyConfig of an input. A malformed one would make
// every task of the template fail, so that it is refused here.
func (f *found) notifyConfig(raw json.RawMessage) {
	for _, p := range CheckNotifyConfig(raw) {
		p.Path = slices.Concat([]string{"notifyConfig"}, p.Path)
		f.Append(p)
	}
}

// notify checks the parts of a configuration.
type notify struct{ *found }

func (n notify) section(config map[string]json.RawMessage, name string, needed bool) (map[string]json.RawMessage, bool) {
	raw, ok := config[name]
	switch {
	case !ok && needed:
		n.addf(required, []string{name}, "a notify configuration needs %s", name)
		return nil, false
	case !ok:
		return nil, false
	case raw[0] != '{':
		n.addf(wrongType, []string{name}, "%s must be an object, not %s", name, input.Kind(raw))
		return nil, false
	}
	return members(raw), true
}

func (n notify) text(section map[string]json.RawMessage, parent, name string) {
	if raw, ok := section[name]; ok && raw[0] != '"' {
		n.addf(wrongType, []string{parent, name}, "%s must be a text, not %s", name, input.Kind(raw))
	}
}

func (n notify) texts(section map[string]json.RawMessage, parent, name string) {
	raw, ok := section[name]
	if !ok {
		return
	}
	var items []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		n.addf(wrongType, []string{parent, name}, "%s must be a list of texts, not %s", name, input.Kind(raw))
		return
	}
	for i, item := range items {
		if item[0] != '"' {
			n.addf(wrongType, []string{parent, name, strconv.Itoa(i)}, "each item of %s must be a text, not %s", name, input.Kind(item))
		}
	}
}
