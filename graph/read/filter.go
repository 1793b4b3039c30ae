package read

import (
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/input"
)

// checkTemplates refuses texts that no row holds because no input may: PostgreSQL does
// not even look for them. fault.CodeInvalid names each.
func checkTemplates(f *model.TemplateFilter) error {
	if f == nil {
		return nil
	}
	var c input.Checker
	checkText(&c, "scopeType", f.ScopeType)
	checkText(&c, "scopeValue", f.ScopeValue)
	checkText(&c, "creator", f.Creator)
	checkText(&c, "nameContains", f.NameContains)
	return c.Err()
}

// checkTasks is checkTemplates for tasks.
func checkTasks(f *model.TaskFilter) error {
	if f == nil {
		return nil
	}
	var c input.Checker
	checkText(&c, "creator", f.Creator)
	checkText(&c, "nameContains", f.NameContains)
	return c.Err()
}

func checkText(c *input.Checker, field string, text *string) {
	if text != nil {
		c.Text(*text, input.Unlimited, "where", field)
	}
}
