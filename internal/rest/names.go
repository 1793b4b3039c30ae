package rest

import (
	"slices"
	"strings"

	"rehearse.dev/internal/fault"
)

// names are the contract's names of what the service calls otherwise.
var names = map[string]string{
	"templateId":           "template_id",
	"mockData":             "mock_data",
	"customSpanAttributes": "custom_span_attributes",
}

// mockNames are those below mockData.
var mockNames = map[string]string{
	"mockDataIds": "mock_data_ids",
	"failures":    "fail_nodes",
}

// ours is the service's name of a field.
func ours(name string) string {
	for own, contract := range names {
		if contract == name {
			return own
		}
	}
	return name
}

// translated says the service's problems in the contract's names. A message begins
// with the name of its field or does not hold it.
func translated(found []fault.Problem) []fault.Problem {
	list := make([]fault.Problem, len(found))
	for i, p := range found {
		p.Path = slices.Clone(p.Path)
		if len(p.Path) > 1 && p.Path[0] == "mockData" {
			p.Path[1], p.Message = rename(mockNames, p.Path[1], p.Message)
		}
		if len(p.Path) > 0 {
			p.Path[0], p.Message = rename(names, p.Path[0], p.Message)
		}
		list[i] = p
	}
	return list
}

func rename(names map[string]string, field, message string) (contract, said string) {
	contract, ok := names[field]
	if !ok {
		return field, message
	}
	if rest, ok := strings.CutPrefix(message, field+" "); ok {
		message = contract + " " + rest
	}
	return contract, message
}
