package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/task"
)

// defaultName is what a task without a name is called: the contract's first
// revision lets it be left out, and shows this one.
const defaultName = "default_taskflow_instance"

// failedText is the error of a node that fails on demand without a text of its own
// (domain §1.4).
const failedText = "mock failed"

// request is a body in the service's terms, with what its form alone tells.
type request struct {
	params             task.CreateParams
	problems, warnings []fault.Problem
}

// readRequest reads every field of the contract, by the rules of domain §1.2 and
// §1.4, and leaves to the service what the service checks.
func readRequest(in members) request {
	var f fields
	f.unknown(in, []string{
		"template_id", "name", "creator", "description", "constants", "credentials", "mock_data", "custom_span_attributes",
		fieldAppCode, fieldAppSecret, fieldUsername, fieldToken, fieldEither,
	})
	var p task.CreateParams
	// The service says of these why null will not do.
	for _, name := range []string{"credentials", "description", "mock_data"} {
		if string(in[name]) == "null" {
			p.Nulls = append(p.Nulls, ours(name))
			delete(in, name)
		}
	}
	p.TemplateID, p.Name, p.Creator = f.id(in, "template_id"), defaultName, f.required(in, "creator")
	if raw, given := in["name"]; given {
		p.Name = f.text(raw, "name")
	}
	if raw, given := in["description"]; given {
		p.Description = f.text(raw, "description")
	}
	p.Constants, p.Credentials, p.SpanAttributes = in["constants"], in["credentials"], in["custom_span_attributes"]
	if raw, given := in["mock_data"]; given {
		p.Mock = readMock(&f, raw)
	}
	return request{params: p, problems: f.problems, warnings: f.warnings}
}

// readMock reads mock_data, and our fail_nodes and errors in it, which the engine
// of the original knows and neither of its entrances lets through.
func readMock(f *fields, raw json.RawMessage) task.MockParams {
	const mock = "mock_data"
	in := f.object(raw, mock)
	f.unknown(in, []string{"nodes", "outputs", "mock_data_ids", "fail_nodes", "errors"}, mock)
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if string(in[name]) == "null" {
			f.wrong(codeRequired, mock+"."+name+" must not be null; leave it out instead", mock, name)
			delete(in, name)
		}
	}
	p := task.MockParams{Outputs: in["outputs"], PresetIDs: in["mock_data_ids"]}
	if nodes := in["nodes"]; nodes != nil {
		p.Nodes = f.texts(nodes, mock, "nodes")
	}
	if ids := in["mock_data_ids"]; ids != nil && ids[0] == '{' {
		readPresetIDs(f, f.object(ids), mock, "mock_data_ids")
	}
	if failures := readFailures(f, in, mock); len(failures) > 0 {
		// A map of texts encodes.
		p.Failures, _ = json.Marshal(failures)
	}
	return p
}

// readPresetIDs refuses ids as text, which the service takes because GraphQL shows
// ids so; the contract has numbers (domain §7 row 26).
func readPresetIDs(f *fields, ids members, path ...string) {
	for _, node := range slices.Sorted(maps.Keys(ids)) {
		if ids[node][0] == '"' {
			f.wrong(codeWrongType, fmt.Sprintf("the preset id of node %s must be a whole number", node), append(slices.Clone(path), node)...)
		}
	}
}

// readFailures makes one map, from node to message, of the two fields.
func readFailures(f *fields, in members, mock string) map[string]string {
	failures := map[string]string{}
	if raw := in["fail_nodes"]; raw != nil {
		for i, node := range f.texts(raw, mock, "fail_nodes") {
			if strings.TrimSpace(node) == "" {
				f.wrong(codeBlank, "a node id must not be blank", mock, "fail_nodes", fmt.Sprint(i))
				continue
			}
			failures[node] = failedText
		}
	}
	if in["errors"] == nil {
		return failures
	}
	messages := f.object(in["errors"], mock, "errors")
	for _, node := range slices.Sorted(maps.Keys(messages)) {
		text := f.text(messages[node], mock, "errors", node)
		if _, fails := failures[node]; !fails {
			f.wrong(codeInvalidValue, fmt.Sprintf("node %s has an error but is not in fail_nodes", node), mock, "errors", node)
			continue
		}
		failures[node] = text
	}
	return failures
}

// refusal is everything that is wrong with the request: its form, and what the
// service found that the form does not explain already.
func (r request) refusal(found []fault.Problem) error {
	problems := slices.Clone(r.problems)
	for _, p := range translated(found) {
		if !slices.ContainsFunc(r.problems, func(known fault.Problem) bool { return leads(known.Path, p.Path) }) {
			problems = append(problems, p)
		}
	}
	if len(problems) == 1 && problems[0].Code == codeNotFound {
		// Not a matter of form: the original answers it like a defect (domain §1.3 step 4).
		problems[0].Message = fmt.Sprintf("template does not exist, space_id=%d, template_id=%s", r.params.SpaceID, r.params.TemplateID)
		return &fault.Error{Code: fault.CodeNotFound, Message: problems[0].Message, Problems: problems}
	}
	return fault.Invalid(problems...)
}

// leads reports whether the path goes through start.
func leads(start, path []string) bool {
	return len(start) <= len(path) && slices.Equal(start, path[:len(start)])
}
