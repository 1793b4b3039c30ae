package graph

import (
	"bytes"
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"rehearse.dev/internal/fault"
)

// variables decodes the variables of a request by the types that the document
// declares, so that JSON arguments stay the bytes that were sent: the order of
// keys and the spelling of numbers are data in a pipeline tree.
type variables struct{ schema *ast.Schema }

// decode reads the variables for the operation. Without a document, which is
// then answered with its own errors, they are read by shape alone.
func (v *variables) decode(doc *ast.QueryDocument, in *envelope) (map[string]any, error) {
	raw := bytes.TrimSpace(in.Variables)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil //nolint:nilnil // no variables
	}
	var members map[string]json.RawMessage
	if raw[0] != '{' || json.Unmarshal(raw, &members) != nil {
		return nil, fault.Newf(fault.CodeInvalid, "variables must be an object")
	}
	var declared ast.VariableDefinitionList
	if doc != nil {
		if op := doc.Operations.ForName(in.OperationName); op != nil {
			declared = op.VariableDefinitions
		}
	}
	values := make(map[string]any, len(members))
	for name, member := range members {
		var typ *ast.Type
		if def := declared.ForName(name); def != nil {
			typ = def.Type
		}
		values[name] = v.value(typ, member)
	}
	return values, nil
}

// value decodes one value of a type; nil means that the type is not known.
func (v *variables) value(typ *ast.Type, raw json.RawMessage) any {
	raw = bytes.TrimSpace(raw)
	if typ == nil || string(raw) == "null" {
		return generic(raw)
	}
	if typ.Elem != nil {
		var items []json.RawMessage
		if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
			return v.value(typ.Elem, raw)
		}
		list := make([]any, len(items))
		for i, item := range items {
			list[i] = v.value(typ.Elem, item)
		}
		return list
	}
	def := v.schema.Types[typ.NamedType]
	switch {
	case def == nil:
		return generic(raw)
	case def.Kind == ast.Scalar && (def.Name == "JSON" || def.Name == "JSONObject"):
		return raw
	case def.Kind == ast.InputObject && raw[0] == '{':
		return v.object(def, raw)
	}
	return generic(raw)
}

func (v *variables) object(def *ast.Definition, raw json.RawMessage) any {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return generic(raw)
	}
	object := make(map[string]any, len(members))
	for name, member := range members {
		var typ *ast.Type
		if field := def.Fields.ForName(name); field != nil {
			typ = field.Type
		}
		object[name] = v.value(typ, member)
	}
	return object
}

// generic decodes JSON as gqlgen's own transport does, numbers as they are spelt.
func generic(raw json.RawMessage) any {
	switch raw[0] {
	case '"':
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return nil
		}
		return text
	case 'n':
		return nil
	case 't', 'f':
		return raw[0] == 't'
	case '{', '[':
	default:
		return json.Number(raw)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return nil
	}
	return value
}
