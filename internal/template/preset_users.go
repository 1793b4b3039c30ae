package template

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockscheme"
)

// presetUsers returns the names of the schemes that use each preset of a template.
func presetUsers(ctx context.Context, c *ent.Client, templateID int) (map[int][]string, error) {
	schemes, err := c.MockScheme.Query().
		Where(mockscheme.TemplateID(templateID)).
		Order(ent.Asc(mockscheme.FieldName)).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the schemes of template %d: %w", templateID, err)
	}
	users := map[int][]string{}
	for _, scheme := range schemes {
		for _, preset := range scheme.Presets {
			if preset != 0 && !slices.Contains(users[preset], scheme.Name) {
				users[preset] = append(users[preset], scheme.Name)
			}
		}
	}
	return users, nil
}

// naming lists schemes in a message, at most three.
func naming(names []string) string {
	const shown = 3
	quoted := make([]string, 0, shown)
	for _, name := range names[:min(shown, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	list := strings.Join(quoted, ", ")
	switch more := len(names) - shown; {
	case len(names) == 1:
		return "the scheme " + list
	case more > 0:
		return fmt.Sprintf("the schemes %s and %d more", list, more)
	default:
		return "the schemes " + list
	}
}
