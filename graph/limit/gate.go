package limit

import (
	"errors"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"rehearse.dev/internal/fault"
)

// maxMessage is the length in bytes of a message that is told.
const maxMessage = 500

// Gate admits documents for one schema. It is safe for concurrent use.
type Gate struct {
	schema        *ast.Schema
	limits        Limits
	weights       *weights
	introspection bool
}

// Document is a document that was admitted, with the costs of its operations.
type Document struct {
	// AST is parsed, validated and annotated with the schema's definitions. It must
	// not be changed.
	AST   *ast.QueryDocument
	gate  *Gate
	plans sync.Map // *ast.OperationDefinition → *plan
}

// New makes the gate of a schema. Without introspection, documents that ask for
// __schema or __type are refused, and errors suggest no names. It returns an error
// for a directive @cost or @listSize that makes no sense.
func New(schema *ast.Schema, limits Limits, introspection bool) (*Gate, error) {
	w, err := readWeights(schema)
	if err != nil {
		return nil, err
	}
	return &Gate{schema: schema, limits: limits, weights: w, introspection: introspection}, nil
}

// Limits are what the gate was made with.
func (g *Gate) Limits() Limits { return g.limits }

// Introspection reports whether documents may ask for the schema.
func (g *Gate) Introspection() bool { return g.introspection }

// Admit parses, counts and validates a document. Its time grows with the length of
// the text. Errors are a fault.CodeExhausted for limits, or have the extension code
// GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED.
func (g *Gate) Admit(text string) (*Document, gqlerror.List) {
	if len(text) > g.limits.Bytes {
		return nil, list(over(count{"BYTES", "bytes", len(text), g.limits.Bytes}), "")
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, g.limits.Tokens)
	if err != nil {
		if strings.Contains(err.Error(), "exceeded token limit") {
			err = over(count{"TOKENS", "tokens or more", g.limits.Tokens + 1, g.limits.Tokens})
		}
		return nil, list(err, errcode.ParseFailed)
	}
	if len(doc.Operations) == 0 {
		return nil, list(gqlerror.Errorf("the document has no operation"), errcode.ValidationFailed)
	}
	if err := g.limits.check(doc); err != nil {
		return nil, list(err, errcode.ValidationFailed)
	}
	if !g.introspection {
		if f := asksForSchema(doc); f != nil {
			return nil, list(invalid(f.Position, "introspection is switched off: %s is not answered", f.Name), errcode.ValidationFailed)
		}
	}
	if errs := validate(g.schema, doc, text, g.introspection); len(errs) > 0 {
		for _, e := range errs {
			code(e, errcode.ValidationFailed)
		}
		return nil, errs
	}
	return &Document{AST: doc, gate: g}, nil
}

// Cost is what an operation of the document costs in points with the coerced
// variables of a request, 1 at least, and a fault.CodeExhausted when that is more
// than the limit.
//
// An operation costs what its fields cost. A field costs its own @cost and those of
// the arguments that are given; added to that is, for each item that a list may have,
// the weight of its type and what is selected in it. docs/limits.md has examples.
func (d *Document) Cost(op *ast.OperationDefinition, variables map[string]any) (int, error) {
	known, ok := d.plans.Load(op)
	if !ok {
		made := d.gate.weights.plan(op)
		known, _ = d.plans.LoadOrStore(op, &made)
	}
	got := points(known.(*plan).with(variables))
	if most := d.gate.limits.Cost; got > most {
		err := fault.Newf(fault.CodeExhausted, "the operation costs %s points, and at most %d are allowed", number(got), most)
		return got, refuse([]fault.Problem{{Code: "COST", Message: err.Message, Path: []string{}}})
	}
	return got, nil
}

// list is an error as a list, with a code unless it is a fault.
func list(err error, word string) gqlerror.List {
	var own *gqlerror.Error
	if !errors.As(err, &own) {
		own = gqlerror.Wrap(err)
	}
	code(own, word)
	return gqlerror.List{own}
}

// code gives an error a code unless it is a fault, which has its own. Messages quote
// the document, so they are cut.
func code(e *gqlerror.Error, word string) {
	if fault.As(e) != nil {
		return
	}
	if len(e.Message) > maxMessage {
		e.Message = strings.ToValidUTF8(e.Message[:maxMessage], "") + "…"
	}
	errcode.Set(e, word)
}

// asksForSchema is the first field of a document that introspects.
func asksForSchema(doc *ast.QueryDocument) *ast.Field {
	var find func(ast.SelectionSet) *ast.Field
	find = func(set ast.SelectionSet) *ast.Field {
		for _, selection := range set {
			var found *ast.Field
			switch s := selection.(type) {
			case *ast.Field:
				if s.Name == "__schema" || s.Name == "__type" {
					return s
				}
				found = find(s.SelectionSet)
			case *ast.InlineFragment:
				found = find(s.SelectionSet)
			}
			if found != nil {
				return found
			}
		}
		return nil
	}
	for _, op := range doc.Operations {
		if f := find(op.SelectionSet); f != nil {
			return f
		}
	}
	for _, fragment := range doc.Fragments {
		if f := find(fragment.SelectionSet); f != nil {
			return f
		}
	}
	return nil
}
