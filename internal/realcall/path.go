package realcall

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/jmespath-community/go-jmespath/pkg/api"
	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"rehearse.dev/internal/expr"
)

// Limits of a JMESPath: its text in bytes, and how many values its result may come
// from. Lists that are selected several times over and flattened grow with every
// step, so that a short text could fill the memory.
const (
	maxPath   = 1024
	maxValues = 1 << 21
)

// checkPath says what is wrong with a JMESPath, before there is anything to search.
func checkPath(path string) error {
	_, err := parsePath(path)
	return err
}

// parsePath gives the growth of a JMESPath that may be evaluated; see judge.
func parsePath(path string) (growth float64, err error) {
	if len(path) > maxPath {
		return 0, fmt.Errorf("a JMESPath has at most %d characters", maxPath)
	}
	defer func() {
		if recover() != nil {
			growth, err = 0, errors.New("this is not a JMESPath")
		}
	}()
	ast, err := parsing.NewParser().Parse(path)
	if err != nil {
		return 0, errors.New("this is not a JMESPath")
	}
	return judge(ast)
}

// search evaluates a JMESPath over a value of package expr and gives such a value,
// nil when nothing is found. Objects and lists that it finds as they are keep their
// order and their numbers.
func search(path string, in any) (found any, err error) {
	growth, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil {
			found, err = nil, errors.New("the JMESPath cannot be evaluated")
		}
	}()
	d := document{maps: map[uintptr]*expr.Dict{}, lists: map[uintptr][]any{}}
	plain := d.plain(in)
	if growth*float64(d.values) > maxValues {
		return nil, errors.New("the JMESPath selects too much of so large an answer")
	}
	compiled, err := api.Compile(path)
	if err != nil {
		return nil, errors.New("this is not a JMESPath")
	}
	out, err := compiled.Search(plain)
	if err != nil {
		return nil, errors.New("the JMESPath does not fit the answer")
	}
	if found = d.value(out); !shallow(found, maxDepth) {
		return nil, errors.New("the JMESPath makes a value that is nested too deeply")
	}
	return found, nil
}

// maxDepth is how deeply a value may be nested that a call brings in. Stored values of
// package expr have a limit of 500, and a flow may put a value into others.
const maxDepth = 200

// shallow tells whether a value is nested at most so deeply.
func shallow(v any, depth int) bool {
	if depth < 0 {
		return false
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if !shallow(item, depth-1) {
				return false
			}
		}
	case *expr.Dict:
		for i := range v.Len() {
			if _, item := v.At(i); !shallow(item, depth-1) {
				return false
			}
		}
	}
	return true
}

// functions are those of the JMESPath specification that the original's library
// knows. Those that the community has added can make a text of any length.
var functions = []string{
	"abs", "avg", "ceil", "contains", "ends_with", "floor", "join", "keys", "length", "map", "max", "max_by", "merge", "min",
	"min_by", "not_null", "reverse", "sort", "sort_by", "starts_with", "sum", "to_array", "to_number", "to_string", "type", "values",
}

// judge refuses what is not in the specification, and bounds how much larger than
// its input the result can be: every selection of k parts may hold the input k times.
func judge(n parsing.ASTNode) (growth float64, err error) {
	growth = 1
	switch n.NodeType {
	case parsing.ASTRootNode, parsing.ASTLetExpression, parsing.ASTVariable, parsing.ASTBindings, parsing.ASTBinding,
		parsing.ASTArithmeticExpression, parsing.ASTArithmeticUnaryExpression:
		return 0, errors.New("the JMESPath uses a part of the language that is not served here")
	case parsing.ASTFunctionExpression:
		if name, _ := n.Value.(string); !slices.Contains(functions, name) {
			return 0, fmt.Errorf("the JMESPath calls %s, which is no function here", cut(name, 40))
		}
		growth = float64(max(len(n.Children), 1))
	case parsing.ASTMultiSelectHash, parsing.ASTMultiSelectList:
		growth = float64(max(len(n.Children), 1))
	}
	for _, child := range n.Children {
		g, err := judge(child)
		if err != nil {
			return 0, err
		}
		growth *= g
	}
	return growth, nil
}

// document is a value in the form that the library reads, and the way back.
type document struct {
	maps   map[uintptr]*expr.Dict
	lists  map[uintptr][]any
	values int
}

// plain gives numbers as float64, which is what the library computes with; those that
// would lose digits stay what they are and can only be handed on.
func (d *document) plain(v any) any {
	d.values++
	switch v := v.(type) {
	case int64:
		if v >= -1<<53 && v <= 1<<53 {
			return float64(v)
		}
	case *expr.Dict:
		m := make(map[string]any, v.Len())
		for i := range v.Len() {
			key, item := v.At(i)
			m[expr.Str(key)] = d.plain(item)
		}
		d.maps[reflect.ValueOf(m).Pointer()] = v
		return m
	case []any:
		l := make([]any, len(v), len(v)+1) // never of size 0, so that each has its own address
		for i := range v {
			l[i] = d.plain(v[i])
		}
		d.lists[reflect.ValueOf(l).Pointer()] = v
		return l
	case *expr.Object:
		return v.Text
	}
	return v
}

// value is the way back. What was in the document is found again as it was.
func (d *document) value(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= 1<<53 {
			return int64(v)
		}
		return v
	case map[string]any:
		if was, ok := d.maps[reflect.ValueOf(v).Pointer()]; ok {
			return was
		}
		out := expr.NewDict(len(v))
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			out.Set(key, d.value(v[key]))
		}
		return out
	case []any:
		if was, ok := d.lists[reflect.ValueOf(v).Pointer()]; ok && len(was) == len(v) {
			return was
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = d.value(v[i])
		}
		return out
	}
	return v
}

// cut shortens a text for a message.
func cut(s string, characters int) string {
	n := 0
	for i := range s {
		if n++; n > characters {
			return s[:i] + "…"
		}
	}
	return s
}
