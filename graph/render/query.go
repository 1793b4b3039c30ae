package render

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
)

// Query is a compiled query operation. It is immutable and safe for concurrent use.
type Query struct{ roots []root }

// root is one field of Query.
type root struct {
	name  string // with quotes and colon
	field string // its name in the schema
	run   func(ctx context.Context, r *read.Reader, vars map[string]any, b []byte) (after []byte, err error)
}

// Compile compiles a query operation of a valid document, or returns nil when
// some part of it must be left to the generated code.
func Compile(schema *ast.Schema, op *ast.OperationDefinition) *Query {
	if op.Operation != ast.Query || len(op.Directives) > 0 || conditional(op.SelectionSet, make(map[string]bool)) {
		return nil
	}
	q := &Query{}
	for _, f := range read.Compile(schema, "Query", nil, op.SelectionSet).Fields {
		run := compileRoot(f)
		if run == nil {
			return nil
		}
		q.roots = append(q.roots, root{name: string(appendText(nil, f.Alias)) + ":", field: f.Name, run: run})
	}
	return q
}

// Run executes the query and returns its data. There is none when the generated code has
// to answer instead: on an error, which it knows how to place, and on arguments that it
// knows how to refuse. watch is told of each field; it may be nil.
func (q *Query) Run(ctx context.Context, r *read.Reader, vars map[string]any, watch Watch) ([]byte, error) {
	b := make([]byte, 0, 2048)
	b = append(b, '{')
	for i, root := range q.roots {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, root.name...)
		var err error
		if b, err = root.watched(ctx, r, vars, b, watch); err != nil || b == nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// Watch begins to watch a field of Query: it returns the context to read it under, and
// what is to be called when it was read.
type Watch func(ctx context.Context, field string) (context.Context, func())

func (r root) watched(ctx context.Context, from *read.Reader, vars map[string]any, b []byte, watch Watch) ([]byte, error) {
	if watch != nil {
		var end func()
		ctx, end = watch(ctx, r.field)
		defer end()
	}
	return r.run(ctx, from, vars, b)
}

func compileRoot(f *read.Field) func(context.Context, *read.Reader, map[string]any, []byte) ([]byte, error) {
	want := read.Want{f.Of}
	switch f.Name {
	case "task":
		return single(f, want, taskTable)
	case "template":
		return single(f, want, templateTable)
	case "tasks":
		o, ok := compile(f.Of, taskPage.connection)
		if !ok {
			return nil
		}
		return func(ctx context.Context, r *read.Reader, vars map[string]any, b []byte) ([]byte, error) {
			a, ok := listArguments[model.TaskFilter](f.AST, vars)
			by, fine := taskOrder(a.orderBy)
			if !ok || !fine {
				return nil, nil
			}
			conn, err := r.Tasks(ctx, a.spaceID, a.where, by, a.page, want)
			if err != nil {
				return nil, err
			}
			return o.append(b, conn), nil
		}
	case "templates":
		o, ok := compile(f.Of, templatePage.connection)
		if !ok {
			return nil
		}
		return func(ctx context.Context, r *read.Reader, vars map[string]any, b []byte) ([]byte, error) {
			a, ok := listArguments[model.TemplateFilter](f.AST, vars)
			by, fine := templateOrder(a.orderBy)
			if !ok || !fine {
				return nil, nil
			}
			conn, err := r.Templates(ctx, a.spaceID, a.where, by, a.page, want)
			if err != nil {
				return nil, err
			}
			return o.append(b, conn), nil
		}
	}
	return nil
}

// single compiles a root field that looks an object up by id.
func single[T model.Node](f *read.Field, want read.Want, of table[T]) func(context.Context, *read.Reader, map[string]any, []byte) ([]byte, error) {
	o, ok := compile(f.Of, of)
	if !ok {
		return nil
	}
	wantFor := func(string) read.Want { return want }
	return func(ctx context.Context, r *read.Reader, vars map[string]any, b []byte) ([]byte, error) {
		id, ok := idArgument(f.AST, vars)
		if !ok {
			return nil, nil
		}
		node, err := r.Node(ctx, id, wantFor)
		if err != nil {
			return nil, err
		}
		view, ok := node.(T)
		if !ok {
			return appendNull(b), nil
		}
		return o.append(b, view), nil
	}
}

// conditional reports whether anything of the selection depends on a directive. Each
// fragment is looked at once.
func conditional(set ast.SelectionSet, seen map[string]bool) bool {
	for _, selection := range set {
		var directives ast.DirectiveList
		var inner ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			directives, inner = s.Directives, s.SelectionSet
		case *ast.InlineFragment:
			directives, inner = s.Directives, s.SelectionSet
		case *ast.FragmentSpread:
			directives = s.Directives
			if !seen[s.Name] {
				seen[s.Name] = true
				inner = s.Definition.SelectionSet
			}
		}
		if len(directives) > 0 || conditional(inner, seen) {
			return true
		}
	}
	return false
}
