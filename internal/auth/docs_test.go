package auth_test

import (
	"os"
	"strings"
	"testing"

	"rehearse.dev/internal/auth"
)

// The table that people read is the one that counts.
func TestTheTableOfTheDocumentationIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	own := auth.Target{SpaceID: 1}
	template := auth.Target{SpaceID: 1, TemplateID: 10}
	mock, plain := template, template
	mock.TaskID, mock.Mock, plain.TaskID = 100, true, 100
	columns := []struct {
		action auth.Action
		target auth.Target
	}{
		{auth.ReadSpace, own},
		{auth.ManageSpace, own},
		{auth.ReadTemplate, template},
		{auth.EditTemplate, template},
		{auth.CopyTemplate, template},
		{auth.MockTemplate, template},
		{auth.ReadTask, mock},
		{auth.OperateTask, mock},
		{auth.OperateTask, plain},
	}
	words := map[string]string{"Y": "yes", "F": "no", "M": "–"}
	for _, resource := range []auth.Resource{auth.Space, auth.Template, auth.Task} {
		for _, permission := range []auth.Permission{auth.View, auth.Edit, auth.Mock, auth.Operate} {
			if !resource.Suits(permission) {
				continue
			}
			id := map[auth.Resource]int{auth.Space: 1, auth.Template: 10, auth.Task: 100}[resource]
			c := auth.Caller{Grant: &auth.Grant{Resource: resource, ResourceID: id, Permission: permission, SpaceID: 1}}
			row := "| " + string(resource) + ", " + string(permission)
			for _, column := range columns {
				row += " | " + words[verdict(c.May(column.action, column.target))]
			}
			if row += " |\n"; !strings.Contains(string(text), row) {
				t.Errorf("docs/security.md lacks\n%s", row)
			}
		}
	}
}
