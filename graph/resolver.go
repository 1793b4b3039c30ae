package graph

import (
	"context"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"rehearse.dev/graph/generated"
	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
	"rehearse.dev/internal/task/trial"
	"rehearse.dev/internal/template"
	"rehearse.dev/internal/token"
)

// Services are what the edge calls.
type Services struct {
	Reader    *read.Reader
	Spaces    *space.Service
	Tasks     *task.Service
	Templates *template.Service
	Tokens    *token.Service
	Trees     *template.Trees
	Runs      *run.Runner
	// Hub wakes those who watch tasks; without one they look every few seconds.
	Hub    *event.Hub
	Trials *trial.Service
}

// Resolver is the root of the generated resolvers.
type Resolver struct {
	Services
	schema *ast.Schema
	feeds  *read.Feeds
}

// Schema is the parsed schema.graphqls. It must not be changed.
func Schema() *ast.Schema { return parsed() }

// parsed takes out the one directive that gqlparser adds and nobody here serves:
// whoever asked for @defer would get data that clients merge in different ways.
var parsed = sync.OnceValue(func() *ast.Schema {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	delete(schema.Directives, "defer")
	return schema
})

// want is what the query asks of the value of the current field.
func (r *Resolver) want(ctx context.Context) read.Want {
	return r.wantFor(ctx)(graphql.GetFieldContext(ctx).Field.Definition.Type.Name())
}

// wantFor is want for a field of an interface type.
func (r *Resolver) wantFor(ctx context.Context) read.WantFor {
	field := graphql.GetFieldContext(ctx).Field
	vars := graphql.GetOperationContext(ctx).Variables
	return func(typ string) read.Want {
		return read.Want{read.Compile(r.schema, typ, vars, field.Selections)}
	}
}

// at is Node for a query field of one type: nil when the id belongs to another.
func at[T model.Node](ctx context.Context, r *Resolver, id string) (T, error) {
	node, err := r.Reader.Node(ctx, number(id), r.wantFor(ctx))
	view, _ := node.(T)
	return view, err
}

// back reads what a mutation made, for the payload's field of that name. It reads
// nothing when nobody asks for it.
func back[T model.Node](ctx context.Context, r *Resolver, field string, id int) (view T, err error) {
	w := r.want(ctx).Of(field)
	if w == nil {
		return view, nil
	}
	node, err := r.Reader.Node(ctx, id, func(string) read.Want { return w })
	view, _ = node.(T)
	return view, err
}

// caller is who asks, or a fault.CodeUnauthenticated.
func caller(ctx context.Context) (auth.Caller, error) {
	c, ok := auth.FromContext(ctx)
	if !ok {
		return c, fault.Newf(fault.CodeUnauthenticated, "no caller: send the header X-Bkapi-Authorization")
	}
	return c, nil
}

// withSpace is ctx for reading a space back that the caller has just made: the
// caller of a request knows the spaces that were there when it began.
func withSpace(ctx context.Context, c auth.Caller, id int) context.Context {
	c.Spaces = append(slices.Clone(c.Spaces), id)
	return auth.WithCaller(ctx, c)
}

// refusal turns an error that the caller can fix into user errors, with the
// paths of a mutation's input. Any other error is returned as it is.
func refusal(err error) ([]*model.UserError, error) {
	f := fault.As(err)
	switch {
	case err == nil:
		return []*model.UserError{}, nil
	case f == nil:
		return nil, err
	case len(f.Problems) > 0:
		return model.UserErrors(f.Problems, "input"), nil
	case f.Code == fault.CodeNotFound:
		return single(model.UserErrorCodeNotFound, f), nil
	case f.Code == fault.CodeConflict:
		return single(model.UserErrorCodeConflict, f), nil
	case f.Code == fault.CodePrecondition:
		return single(model.UserErrorCodeWrongState, f), nil
	}
	return nil, err
}

func single(code model.UserErrorCode, f *fault.Error) []*model.UserError {
	return []*model.UserError{{Code: code, Message: f.Message, Field: []string{"input"}}}
}

// versionBack reads back a template and one of its versions, which is the
// payload's field of that name.
func (r *Resolver) versionBack(ctx context.Context, field string, templateID, versionID int) (*model.Template, *model.PipelineVersion, error) {
	view, err := back[*model.Template](ctx, r, "template", templateID)
	if err != nil {
		return nil, nil, err
	}
	version, err := back[*model.PipelineVersion](ctx, r, field, versionID)
	return view, version, err
}
