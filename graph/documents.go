package graph

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"rehearse.dev/graph/render"
)

// Sizes of the cache of documents.
const (
	maxDocuments = 1000
	// maxCachedDocument is the largest document in bytes that is kept; larger ones
	// are parsed each time.
	maxCachedDocument = 64 << 10
	// maxTokens bounds the parser.
	maxTokens = 10_000
)

// documents keeps parsed and validated documents by their text, each with the
// compiled form of its operations.
type documents struct {
	cache *lru.Cache[string, *document]
}

type document struct {
	ast     *ast.QueryDocument
	queries sync.Map // operation name → *render.Query, nil when it is not compiled
}

var _ graphql.Cache[*ast.QueryDocument] = (*documents)(nil)

func newDocuments() *documents {
	// The size is positive, which is all that New checks.
	cache, _ := lru.New[string, *document](maxDocuments)
	return &documents{cache}
}

// Get returns a document that was valid before.
func (d *documents) Get(_ context.Context, query string) (*ast.QueryDocument, bool) {
	doc, ok := d.cache.Get(query)
	if !ok {
		return nil, false
	}
	return doc.ast, true
}

// Add keeps a valid document.
func (d *documents) Add(_ context.Context, query string, doc *ast.QueryDocument) {
	if len(query) <= maxCachedDocument {
		d.cache.Add(query, &document{ast: doc})
	}
}

// find returns the document for the declarations of its variables. One that was
// not seen before is parsed here without validation; nil when it cannot be. A
// fault.CodeExhausted tells of one that would take too long to validate.
func (d *documents) find(ctx context.Context, query string) (*ast.QueryDocument, error) {
	if doc, ok := d.Get(ctx, query); ok {
		return doc, nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, maxTokens)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // the executor parses it again and answers
	}
	return doc, checkRepeats(doc)
}

// query returns the compiled form of an operation, nil when it has none. Only
// documents that are kept are compiled.
func (d *documents) query(schema *ast.Schema, op *graphql.OperationContext) *render.Query {
	doc, ok := d.cache.Peek(op.RawQuery)
	if !ok {
		return nil
	}
	if query, ok := doc.queries.Load(op.OperationName); ok {
		return query.(*render.Query)
	}
	query := render.Compile(schema, op.Operation)
	doc.queries.Store(op.OperationName, query)
	return query
}
