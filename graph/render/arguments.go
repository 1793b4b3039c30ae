package render

import (
	"encoding/json"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
)

// idArgument reads the argument id as a number; an id that is none is 0, which no
// object has.
func idArgument(f *ast.Field, vars map[string]any) (id int, ok bool) {
	text, err := graphql.UnmarshalID(f.ArgumentMap(vars)["id"])
	if err != nil {
		return 0, false
	}
	id, err = strconv.Atoi(text)
	if err != nil {
		id = 0
	}
	return id, true
}

// listArgs are the arguments of a list of filter type F.
type listArgs[F any] struct {
	spaceID *string
	where   *F
	orderBy map[string]any
	page    read.Page
}

// listArguments reads the arguments of a list. ok is false for anything unusual;
// the generated code then finds the words for it.
func listArguments[F any](f *ast.Field, vars map[string]any) (a listArgs[F], ok bool) {
	for name, v := range f.ArgumentMap(vars) {
		if v == nil {
			continue
		}
		switch name {
		case "spaceId":
			a.spaceID, ok = pointer(graphql.UnmarshalID(v))
		case "first":
			a.page.First, ok = pointer(graphql.UnmarshalInt(v))
		case "last":
			a.page.Last, ok = pointer(graphql.UnmarshalInt(v))
		case "after":
			a.page.After, ok = pointer(graphql.UnmarshalString(v))
		case "before":
			a.page.Before, ok = pointer(graphql.UnmarshalString(v))
		case "orderBy":
			a.orderBy, ok = v.(map[string]any)
		case "where":
			a.where, ok = filter[F](v)
		default:
			ok = false
		}
		if !ok {
			return a, false
		}
	}
	return a, true
}

func pointer[T any](v T, err error) (*T, bool) { return &v, err == nil }

// filter reads a filter through its JSON form, whose names are those of the API.
func filter[F any](v any) (*F, bool) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	f := new(F)
	return f, json.Unmarshal(raw, f) == nil
}

func taskOrder(m map[string]any) (*model.TaskOrder, bool) {
	if m == nil {
		return nil, true
	}
	by := &model.TaskOrder{Field: model.TaskOrderFieldCreateTime, Direction: model.OrderDirectionDesc}
	ok := word(m, "field", &by.Field) && word(m, "direction", &by.Direction)
	return by, ok && by.Field.IsValid() && by.Direction.IsValid()
}

func templateOrder(m map[string]any) (*model.TemplateOrder, bool) {
	if m == nil {
		return nil, true
	}
	by := &model.TemplateOrder{Field: model.TemplateOrderFieldCreateTime, Direction: model.OrderDirectionDesc}
	ok := word(m, "field", &by.Field) && word(m, "direction", &by.Direction)
	return by, ok && by.Field.IsValid() && by.Direction.IsValid()
}

// word reads an enum member that may be left out.
func word[T ~string](m map[string]any, name string, to *T) bool {
	v, given := m[name]
	if !given {
		return true
	}
	text, ok := v.(string)
	*to = T(text)
	return ok
}
