package read

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// versionPage reads the paging arguments of a versions field. Validation has
// checked their types.
func versionPage(ctx context.Context, f *Field) (Page, error) {
	args := f.AST.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
	var p Page
	for name, to := range map[string]**int{"first": &p.First, "last": &p.Last} {
		if args[name] == nil {
			continue
		}
		n, err := graphql.UnmarshalInt(args[name])
		if err != nil {
			return p, err
		}
		*to = &n
	}
	for name, to := range map[string]**string{"after": &p.After, "before": &p.Before} {
		if text, ok := args[name].(string); ok {
			*to = &text
		}
	}
	return p, nil
}
