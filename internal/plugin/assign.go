package plugin

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

// Assign is value_assign: it gives plain variables of its pipeline new values,
// all of them or none.
type Assign struct{}

// Spec declares value_assign.
func (Assign) Spec() engine.Spec {
	return engine.Spec{
		Code: "value_assign", Version: "v1.0.0", Name: "Assign variables", Pure: true,
		Inputs: []engine.FieldSpec{{Key: "bk_assignment_list", Name: "Assignments: key, value, value_type", Type: "array", Required: true}},
	}
}

// Schedule is never called.
func (Assign) Schedule(*engine.Call) engine.Answer { return engine.Success() }

// Execute checks every assignment, then makes them.
func (Assign) Execute(call *engine.Call) engine.Answer {
	rows, ok := call.Input("bk_assignment_list").([]any)
	if !ok {
		return engine.Raisef("TypeError: bk_assignment_list is no list")
	}
	assigned := make(map[string]any, len(rows))
	order := make([]string, 0, len(rows))
	for i, row := range rows {
		fields, ok := row.(*expr.Dict)
		if !ok {
			return engine.Raisef("TypeError: assignment %d is no object", i+1)
		}
		var part [3]any
		for j, name := range [3]string{"key", "value", "value_type"} {
			if part[j], ok = fields.Get(name); !ok {
				return engine.Raisef("KeyError: '%s' in assignment %d", name, i+1)
			}
		}
		key := "${" + expr.Str(part[0]) + "}"
		value, err := assignment(call.Scope, key, part[1], expr.Str(part[2]))
		if err != nil {
			return call.Fail(err.Error())
		}
		assigned[key] = value
		order = append(order, key)
	}
	for _, key := range order {
		call.Scope.Assign(key, assigned[key])
	}
	return engine.Success()
}

// assignment checks one assignment and converts its value. The type has to be
// that of the present value, except for Object; a boolean passes as Int.
func assignment(scope engine.Scope, key string, value any, kind string) (any, error) {
	present, how, ok := scope.Variable(key)
	switch {
	case !ok:
		return nil, fmt.Errorf("target variable %s is not exist", strings.Trim(key, "${}"))
	case how != engine.Plain:
		return nil, fmt.Errorf("splice or compute variable %s not supported", key)
	case !sameKind(present, kind):
		return nil, fmt.Errorf("expected type %s not match target variable %s", kind, key)
	}
	converted, err := convert(value, kind)
	if err != nil {
		return nil, fmt.Errorf("input variable '%s' cannot be converted to the type of expected %s: %w", expr.Str(value), kind, err)
	}
	return converted, nil
}

func sameKind(present any, kind string) bool {
	switch kind {
	case "Object":
		return true
	case "String":
		_, ok := present.(string)
		return ok
	case "Bool":
		_, ok := present.(bool)
		return ok
	case "Int":
		return isWhole(present)
	default:
		return false
	}
}

func isWhole(v any) bool {
	switch v.(type) {
	case int64, *big.Int, bool:
		return true
	default:
		return false
	}
}

func convert(value any, kind string) (any, error) {
	switch kind {
	case "String":
		return expr.Str(value), nil
	case "Int":
		return Int(value)
	case "Bool":
		return toBool(value)
	default:
		return toObject(value)
	}
}

func toBool(value any) (any, error) {
	text, ok := value.(string)
	if !ok {
		return nil, errors.New("a boolean is made from text only")
	}
	switch strings.ToLower(text) {
	case "true", "yes", "1":
		return true, nil
	case "false", "no", "0":
		return false, nil
	}
	return nil, fmt.Errorf("%q is no boolean", text)
}

func toObject(value any) (any, error) {
	text, ok := value.(string)
	if !ok {
		return nil, errors.New("an object is made from JSON text only")
	}
	parsed, err := expr.Decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	switch parsed.(type) {
	case []any, *expr.Dict:
		return parsed, nil
	default:
		return nil, errors.New("neither an object nor a list")
	}
}

// Int is Python's int(): numbers lose their fraction, text is read as a decimal
// number with optional sign, blanks around it and single underscores inside.
func Int(value any) (any, error) {
	switch v := value.(type) {
	case int64, *big.Int:
		return v, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("cannot convert float to integer")
		}
		whole, _ := new(big.Float).SetFloat64(math.Trunc(v)).Int(nil)
		return small(whole), nil
	case string:
		digits := strings.TrimSpace(v)
		plain := strings.ReplaceAll(digits, "_", "")
		bad := strings.Contains(digits, "__") || strings.HasPrefix(strings.TrimLeft(digits, "+-"), "_") || strings.HasSuffix(digits, "_")
		if bad || len(plain) > 4300 {
			return nil, fmt.Errorf("invalid literal for int() with base 10: %q", v)
		}
		whole, ok := new(big.Int).SetString(plain, 10)
		if !ok {
			return nil, fmt.Errorf("invalid literal for int() with base 10: %q", v)
		}
		return small(whole), nil
	default:
		return nil, errors.New("int() argument must be a string or a real number")
	}
}

func small(n *big.Int) any {
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}
