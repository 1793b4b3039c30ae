package read

import (
	"context"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"rehearse.dev/ent"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/task/run"
	"rehearse.dev/internal/template"
)

// Reader reads views. It is safe for concurrent use.
type Reader struct {
	db     *ent.Client
	rows   Querier
	trees  *template.Trees
	plans  *run.Plans
	schema *ast.Schema
}

// New makes a reader over a client that cannot write; rows is its driver.
func New(db *ent.Client, rows Querier, trees *template.Trees, plans *run.Plans, schema *ast.Schema) *Reader {
	return &Reader{db: db, rows: rows, trees: trees, plans: plans, schema: schema}
}

// caller is who asks, or a fault.CodeUnauthenticated. Under After it fails as that says.
func caller(ctx context.Context) (auth.Caller, error) {
	if err := failed(ctx); err != nil {
		return auth.Caller{}, err
	}
	c, ok := auth.FromContext(ctx)
	if !ok {
		return auth.Caller{}, fault.Newf(fault.CodeUnauthenticated, "no caller: send the header X-Bkapi-Authorization")
	}
	return c, nil
}

// number reads a global id; false means that no object can have it.
func number(id string) (int, bool) {
	n, err := strconv.Atoi(id)
	return n, err == nil && n > 0
}

// ids gathers the distinct non-zero ids of rows, in the order of the rows.
func ids[T any](rows []T, of func(T) []int) []int {
	seen := make(map[int]bool, len(rows))
	var list []int
	for _, row := range rows {
		for _, id := range of(row) {
			if id != 0 && !seen[id] {
				seen[id] = true
				list = append(list, id)
			}
		}
	}
	return list
}

func deref(id *int) int {
	if id == nil {
		return 0
	}
	return *id
}

func templateOf(v *ent.PipelineVersion) []int { return []int{v.TemplateID} }
func presetTemplate(p *ent.MockPreset) []int  { return []int{p.TemplateID} }
func schemeTemplate(s *ent.MockScheme) []int  { return []int{s.TemplateID} }
