package engine

import (
	"fmt"
	"strings"

	"rehearse.dev/internal/expr"
)

// selectValue is the class of custom type select: several chosen values become
// one text with commas, a single one stays as it is.
func selectValue(v any) (any, error) {
	items, ok := v.([]any)
	if !ok {
		return v, nil
	}
	return joinText(items, ","), nil
}

// jsonValue is the class of json_variable: text is read as JSON, anything else
// stays. The error is worded as Python words it, because the reference shows it
// in place of the value.
func jsonValue(v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		return v, nil
	}
	value, err := expr.Decode([]byte(text))
	if err != nil {
		return nil, newJSONError(text)
	}
	return value, nil
}

// tableValue is the class of datatable: one attribute per column with the list
// of its cells, and flat__column with the cells as lines.
func tableValue(v any) (any, error) {
	rows, err := iterate(v)
	if err != nil {
		return nil, err
	}
	columns := expr.NewDict(4)
	for _, row := range rows {
		cells, ok := row.(*expr.Dict)
		if !ok {
			return nil, fmt.Errorf("'%s' object has no attribute 'items'", pythonType(row))
		}
		for i := range cells.Len() {
			key, cell := cells.At(i)
			name := expr.Str(key)
			list, _ := columns.Get(name)
			items, _ := list.([]any)
			columns.Set(name, append(items, cell))
		}
	}
	names := columns.Keys()
	table := &expr.Object{
		Text:  "DataTable with " + strings.Join(names, ",") + " Fields",
		Attrs: expr.NewDict(2 * len(names)),
	}
	for _, name := range names {
		list, _ := columns.Get(name)
		items, _ := list.([]any)
		table.Attrs.Set(name, items)
		table.Attrs.Set("flat__"+name, joinText(items, "\n"))
	}
	return table, nil
}

// iterate gives the members that Python's for loop sees.
func iterate(v any) ([]any, error) {
	switch v := v.(type) {
	case []any:
		return v, nil
	case *expr.Dict:
		keys := make([]any, v.Len())
		for i := range keys {
			keys[i], _ = v.At(i)
		}
		return keys, nil
	case string:
		var runes []any
		for _, r := range v {
			runes = append(runes, string(r))
		}
		return runes, nil
	default:
		return nil, fmt.Errorf("'%s' object is not iterable", pythonType(v))
	}
}

func joinText(items []any, separator string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = expr.Str(item)
	}
	return strings.Join(texts, separator)
}

// pythonType names the type of v as Python's messages do.
func pythonType(v any) string {
	switch v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case string:
		return "str"
	case float64:
		return "float"
	case []any:
		return "list"
	case *expr.Dict:
		return "dict"
	case *expr.Object:
		return "object"
	default:
		return "int"
	}
}
