package auth_test

import (
	"strings"
	"testing"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
)

// Ids of the cases below: space 1 has template 10 with task 100, template 20 with
// task 200; space 2 has template 30.
var permissionTargets = []struct {
	name    string
	target  auth.Target
	actions []auth.Action
}{
	{"space", auth.Target{SpaceID: 1}, []auth.Action{auth.ReadSpace, auth.ManageSpace, auth.EditTemplate}},
	{"template", auth.Target{SpaceID: 1, TemplateID: 10}, []auth.Action{auth.ReadTemplate, auth.EditTemplate, auth.CopyTemplate, auth.MockTemplate}},
	{"other template", auth.Target{SpaceID: 1, TemplateID: 20}, []auth.Action{auth.ReadTemplate, auth.EditTemplate, auth.CopyTemplate, auth.MockTemplate}},
	{"mock task", auth.Target{SpaceID: 1, TemplateID: 10, TaskID: 100, Mock: true}, []auth.Action{auth.ReadTask, auth.OperateTask, auth.DeleteTask}},
	{"plain task", auth.Target{SpaceID: 1, TemplateID: 10, TaskID: 101}, []auth.Action{auth.ReadTask, auth.OperateTask, auth.DeleteTask}},
	{"other task", auth.Target{SpaceID: 1, TemplateID: 20, TaskID: 200, Mock: true}, []auth.Action{auth.ReadTask, auth.OperateTask, auth.DeleteTask}},
	{"elsewhere", auth.Target{SpaceID: 2, TemplateID: 30}, []auth.Action{auth.ReadTemplate, auth.EditTemplate, auth.CopyTemplate, auth.MockTemplate}},
	{"task elsewhere", auth.Target{SpaceID: 2, TemplateID: 30, TaskID: 300, Mock: true}, []auth.Action{auth.ReadTask, auth.OperateTask, auth.DeleteTask}},
}

// Y allowed, F forbidden, M looks missing; a group for each target.
func TestEveryActionOfEveryGrant(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		resource   auth.Resource
		permission auth.Permission
		superuser  bool
		cells      string
	}{
		{auth.Space, auth.View, false, "YFF YFFF YFFF YFF YFF YFF MMMM MMM"},
		{auth.Space, auth.Edit, false, "YFY YYYF YYYF YFF YFF YFF MMMM MMM"},
		{auth.Space, auth.Mock, false, "YFF YFFY YFFY YYY YFF YYY MMMM MMM"},
		{auth.Space, auth.Operate, false, "YFF YFFF YFFF YYY YYY YYY MMMM MMM"},
		{auth.Template, auth.View, false, "MMM YFFF MMMM MMM MMM MMM MMMM MMM"},
		{auth.Template, auth.Edit, false, "MMM YYFF MMMM MMM MMM MMM MMMM MMM"},
		{auth.Template, auth.Mock, false, "MMM MMMY MMMM YYY MMM MMM MMMM MMM"},
		{auth.Task, auth.View, false, "MMM MMMM MMMM YFF MMM MMM MMMM MMM"},
		{auth.Task, auth.Operate, false, "MMM MMMM MMMM YYY MMM MMM MMMM MMM"},
		{auth.Task, auth.View, true, "YYY YYYY YYYY YYY YYY YYY MMMM MMM"},
		// What applyToken refuses would be worth nothing.
		{auth.Template, auth.Operate, false, "MMM MMMM MMMM MMM MMM MMM MMMM MMM"},
		{auth.Task, auth.Edit, false, "MMM MMMM MMMM YFF MMM MMM MMMM MMM"},
		{"LABEL", auth.Edit, false, "MMM MMMM MMMM MMM MMM MMM MMMM MMM"},
	} {
		id := map[auth.Resource]int{auth.Space: 1, auth.Template: 10, auth.Task: 100}[row.resource]
		c := auth.Caller{AppID: 7, Grant: &auth.Grant{
			Resource: row.resource, ResourceID: id, Permission: row.permission, SpaceID: 1, AppID: 7, Superuser: row.superuser,
		}}
		groups := strings.Fields(row.cells)
		for i, to := range permissionTargets {
			for j, action := range to.actions {
				// Who owns the space makes no difference to a token.
				for _, app := range []int{0, 7} {
					target := to.target
					target.AppID = app
					if got := verdict(c.May(action, target)); got != groups[i][j:j+1] {
						t.Errorf("%s %s (superuser %v), %s, action %d: %s", row.resource, row.permission, row.superuser, to.name, action, got)
					}
				}
			}
		}
		if fault.CodeOf(c.MayAsApp()) != fault.CodeForbidden {
			t.Errorf("%s %s passes for an application", row.resource, row.permission)
		}
	}
}

func verdict(err error) string {
	switch fault.CodeOf(err) {
	case "":
		return "Y"
	case fault.CodeForbidden:
		return "F"
	case fault.CodeNotFound:
		return "M"
	}
	return err.Error()
}

func TestAnApplicationMayAllInItsSpacesAndNothingElsewhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		caller auth.Caller
		target auth.Target
		want   string
	}{
		"OwnSpace":      {auth.Caller{AppID: 7, Spaces: []int{1}}, auth.Target{SpaceID: 1}, "Y"},
		"OwnRow":        {auth.Caller{AppID: 7}, auth.Target{AppID: 7, SpaceID: 1}, "Y"},
		"ForeignSpace":  {auth.Caller{AppID: 7, Spaces: []int{1}}, auth.Target{SpaceID: 2}, "M"},
		"ForeignRow":    {auth.Caller{AppID: 7, Spaces: []int{1}}, auth.Target{AppID: 8, SpaceID: 2}, "M"},
		"Superuser":     {auth.Caller{AppID: 7, Superuser: true}, auth.Target{AppID: 8, SpaceID: 2}, "Y"},
		"Nobody":        {auth.Caller{}, auth.Target{SpaceID: 1}, "M"},
		"NobodyOfNoApp": {auth.Caller{}, auth.Target{}, "M"},
	} {
		for action := auth.ReadSpace; action <= auth.DeleteTask; action++ {
			if got := verdict(test.caller.May(action, test.target)); got != test.want {
				t.Errorf("%s, action %d: %s", name, action, got)
			}
		}
	}
	if err := (auth.Caller{AppID: 7}).MayAsApp(); err != nil {
		t.Errorf("an application is none: %v", err)
	}
}

func TestListsAreNarrowedToOneCondition(t *testing.T) {
	t.Parallel()
	grant := func(r auth.Resource, p auth.Permission, superuser bool) auth.Caller {
		id := map[auth.Resource]int{auth.Space: 1, auth.Template: 10, auth.Task: 100}[r]
		return auth.Caller{AppID: 7, Grant: &auth.Grant{Resource: r, ResourceID: id, Permission: p, SpaceID: 1, AppID: 7, Superuser: superuser}}
	}
	none := auth.Reach{None: true}
	for name, test := range map[string]struct {
		caller           auth.Caller
		templates, tasks auth.Reach
	}{
		"Nobody":          {auth.Caller{}, none, none},
		"App":             {auth.Caller{AppID: 7}, auth.Reach{AppID: 7}, auth.Reach{AppID: 7}},
		"SuperuserApp":    {auth.Caller{AppID: 7, Superuser: true}, auth.Reach{}, auth.Reach{}},
		"Space":           {grant(auth.Space, auth.View, false), auth.Reach{SpaceID: 1}, auth.Reach{SpaceID: 1}},
		"TemplateView":    {grant(auth.Template, auth.View, false), auth.Reach{TemplateID: 10}, none},
		"TemplateEdit":    {grant(auth.Template, auth.Edit, false), auth.Reach{TemplateID: 10}, none},
		"TemplateMock":    {grant(auth.Template, auth.Mock, false), none, auth.Reach{TemplateID: 10, Mock: true}},
		"Task":            {grant(auth.Task, auth.Operate, false), none, auth.Reach{TaskID: 100}},
		"SuperuserOfTask": {grant(auth.Task, auth.View, true), auth.Reach{SpaceID: 1}, auth.Reach{SpaceID: 1}},
		"Unknown":         {grant("LABEL", auth.View, false), none, none},
	} {
		if got := test.caller.Templates(); got != test.templates {
			t.Errorf("%s: templates %+v", name, got)
		}
		if got := test.caller.Tasks(); got != test.tasks {
			t.Errorf("%s: tasks %+v", name, got)
		}
	}
}
