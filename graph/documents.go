package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
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

// documents keeps parsed and validated documents by their text.
type documents struct {
	cache *lru.Cache[string, *ast.QueryDocument]
}

var _ graphql.Cache[*ast.QueryDocument] = (*documents)(nil)

func newDocuments() *documents {
	// The size is positive, which is all that New checks.
	cache, _ := lru.New[string, *ast.QueryDocument](maxDocuments)
	return &documents{cache}
}

// Get returns a document that was valid before.
func (d *documents) Get(_ context.Context, query string) (*ast.QueryDocument, bool) {
	return d.cache.Get(query)
}

// Add keeps a valid document.
func (d *documents) Add(_ context.Context, query string, doc *ast.QueryDocument) {
	if len(query) <= maxCachedDocument {
		d.cache.Add(query, doc)
	}
}

// find returns the document for the declarations of its variables. One that was
// not seen before is parsed here without validation; nil when it cannot be.
func (d *documents) find(ctx context.Context, query string) *ast.QueryDocument {
	if doc, ok := d.Get(ctx, query); ok {
		return doc
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, maxTokens)
	if err != nil {
		return nil
	}
	return doc
}
