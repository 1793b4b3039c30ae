package template

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"

	"rehearse.dev/internal/flow"
)

// InputConstant is a constant that a user fills in when a task is made.
type InputConstant struct {
	// Key is written with its braces.
	Key, Name, Description string
	// Type is BKFlow's custom_type, such as input, textarea or datetime.
	Type string
	// DefaultValue is raw JSON, nil when the tree has none.
	DefaultValue json.RawMessage
	// IsRequired says that the tree's own validation refuses an empty value.
	IsRequired bool
	// Validation is a regular expression for the value, "" for any.
	Validation string
	// Index is the place in the form.
	Index int
}

// InputSchema lists the constants of p with show_type show (domain §8), ordered by
// their index and, for equal ones, as in the document.
func InputSchema(p *flow.Pipeline) []InputConstant {
	list := make([]InputConstant, 0, len(p.Constants))
	var forms map[string]json.RawMessage
	for _, k := range p.Constants {
		if k.ShowType != "show" {
			continue
		}
		if forms == nil {
			forms = formSchemas(p)
		}
		list = append(list, InputConstant{
			Key: k.Key, Name: k.Name, Description: k.Desc,
			Type: k.CustomType, DefaultValue: k.Value,
			IsRequired: refusesEmpty(k.Validation) || formRequires(forms[k.Key]),
			Validation: k.Validation, Index: k.Index,
		})
	}
	slices.SortStableFunc(list, func(a, b InputConstant) int { return cmp.Compare(a.Index, b.Index) })
	return list
}

// maxPattern keeps hostile expressions from costing time; real ones are short.
const maxPattern = 1 << 10

// refusesEmpty says whether an expression is known to refuse "". One that only a
// browser understands, such as a look-ahead, is given the benefit of the doubt.
func refusesEmpty(pattern string) bool {
	if pattern == "" || len(pattern) > maxPattern {
		return false
	}
	re, err := regexp.Compile(pattern)
	return err == nil && !re.MatchString("")
}

// formSchemas returns the form_schema of each constant. The typed view leaves it
// out, because nothing else than this list reads it.
func formSchemas(p *flow.Pipeline) map[string]json.RawMessage {
	var doc struct {
		Constants map[string]struct {
			FormSchema json.RawMessage `json:"form_schema"`
		} `json:"constants"`
	}
	if err := json.Unmarshal(p.Document(), &doc); err != nil {
		return map[string]json.RawMessage{}
	}
	forms := make(map[string]json.RawMessage, len(doc.Constants))
	for key, k := range doc.Constants {
		forms[key] = k.FormSchema
	}
	return forms
}

// formRequires looks for {"type": "required"} among the rules of a form. A form of
// another shape has no such rule: the canvas owns it and may write what it likes.
func formRequires(form json.RawMessage) bool {
	rules := member(member(form, "attrs"), "validation")
	var list []json.RawMessage
	if json.Unmarshal(rules, &list) != nil {
		return false
	}
	return slices.ContainsFunc(list, func(rule json.RawMessage) bool {
		return string(member(rule, "type")) == `"required"`
	})
}

// member returns one member of a JSON object, nil if there is none or raw is no object.
func member(raw json.RawMessage, name string) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	return members(raw)[name]
}
