package graph

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/limit"
	"rehearse.dev/graph/render"
)

// Sizes of the cache of documents.
const (
	maxDocuments = 1000
	// maxCachedDocument is the largest document in bytes that is kept; larger ones
	// are parsed each time.
	maxCachedDocument = 64 << 10
)

// documents keeps admitted documents by their text, each with the compiled form of
// its operations.
type documents struct {
	gate  *limit.Gate
	cache *lru.Cache[string, *document]
}

// document is an admitted document.
type document struct {
	*limit.Document
	kept    bool
	queries sync.Map // operation name → *render.Query, nil when it is not compiled
}

func newDocuments(gate *limit.Gate) *documents {
	// The size is positive, which is all that New checks.
	cache, _ := lru.New[string, *document](maxDocuments)
	return &documents{gate, cache}
}

// find returns the document of a text, parsed and validated once while it is kept.
// The errors are those of limit.Gate.Admit.
func (d *documents) find(text string) (*document, gqlerror.List) {
	if doc, ok := d.cache.Get(text); ok {
		return doc, nil
	}
	admitted, errs := d.gate.Admit(text)
	if errs != nil {
		return nil, errs
	}
	doc := &document{Document: admitted, kept: len(text) <= maxCachedDocument}
	if doc.kept {
		d.cache.Add(text, doc)
	}
	return doc, nil
}

// query returns the compiled form of an operation, nil when it has none. Only
// documents that are kept are compiled.
func (d *document) query(schema *ast.Schema, op *graphql.OperationContext) *render.Query {
	if !d.kept {
		return nil
	}
	if query, ok := d.queries.Load(op.OperationName); ok {
		return query.(*render.Query)
	}
	query := render.Compile(schema, op.Operation)
	d.queries.Store(op.OperationName, query)
	return query
}

type documentKey struct{}

// withDocument hands an admitted document to the executor, which asks found for it.
func withDocument(ctx context.Context, doc *document) context.Context {
	return context.WithValue(ctx, documentKey{}, doc)
}

// found is the executor's view of documents: it parses none, since none reaches it
// that was not admitted.
type found struct{}

var _ graphql.Cache[*ast.QueryDocument] = found{}

// Get returns the document of the request.
func (found) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	doc, ok := ctx.Value(documentKey{}).(*document)
	if !ok {
		return nil, false
	}
	return doc.AST, true
}

// Add has nothing to keep.
func (found) Add(context.Context, string, *ast.QueryDocument) {}
