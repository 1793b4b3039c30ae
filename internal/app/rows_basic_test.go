package app_test

import (
	"strings"
	"testing"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

// Rows 1 to 18 of the edge cases (domain §7): the plain fields, and which tree is
// used.

func TestRowsOfPlainFields(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))

	t.Run("1 minimal input makes a task that mocks nothing", func(t *testing.T) {
		before := s.rows(t)
		task := at(c.create(t, input(id, vars{"mockData": vars{}})), "task")
		same(t, task, "mock", `{"nodes":[],"outputs":{},"mockDataIds":{},"failures":{}}`)
		same(t, task, "createMethod", `"MOCK"`)
		same(t, task, "triggerMethod", `"API"`)
		same(t, task, "state", `"CREATED"`)
		same(t, task, "treeInfoId", `null`)
		for field, want := range map[string]string{"spaceId": c.space, "templateId": id, "name": "try", "creator": "me"} {
			if text(task, field) != want {
				t.Errorf("%s is %q", field, text(task, field))
			}
		}
		if digits := text(task, "instanceId"); len(digits) != 32 || strings.Trim(digits, "0123456789abcdef") != "" {
			t.Errorf("instance id %q", digits)
		}
		after := s.rows(t)
		for _, table := range []string{"tasks", "task_mocks", "task_operations"} {
			if after[table] != before[table]+1 {
				t.Errorf("%s: %d rows, then %d", table, before[table], after[table])
			}
		}
	})
	t.Run("2 mockData left out counts as empty", func(t *testing.T) {
		same(t, c.create(t, input(id)), "task.mock", `{"nodes":[],"outputs":{},"mockDataIds":{},"failures":{}}`)
	})
	t.Run("3 mockData null", func(t *testing.T) {
		c.refused(t, input(id, vars{"mockData": nil}), "REQUIRED input.mockData")
	})
	t.Run("4 name missing or null", func(t *testing.T) {
		in := input(id)
		delete(in, "name")
		c.refused(t, in, "!GRAPHQL_VALIDATION_FAILED variable.input.name")
		c.refused(t, input(id, vars{"name": nil}), "!GRAPHQL_VALIDATION_FAILED variable.input.name")
	})
	t.Run("5 name blank", func(t *testing.T) {
		for _, name := range []string{"", "   ", "\t\n\u3000"} {
			c.refused(t, input(id, vars{"name": name}), "BLANK input.name")
		}
		same(t, c.create(t, input(id, vars{"name": "  try\n"})), "task.name", `"try"`)
	})
	t.Run("6 name of 128 and 129 code points", func(t *testing.T) {
		name := strings.Repeat("订", 127) + "🦆"
		same(t, c.create(t, input(id, vars{"name": " " + name + " "})), "task.name", `"`+name+`"`)
		c.refused(t, input(id, vars{"name": name + "x"}), "TOO_LONG input.name")
	})
	t.Run("7 creator of 32 and 33 code points, blank, missing", func(t *testing.T) {
		creator := strings.Repeat("é", 32)
		same(t, c.create(t, input(id, vars{"creator": creator})), "task.creator", `"`+creator+`"`)
		c.refused(t, input(id, vars{"creator": creator + "e"}), "TOO_LONG input.creator")
		c.refused(t, input(id, vars{"creator": " "}), "BLANK input.creator")
		in := input(id)
		delete(in, "creator")
		c.refused(t, in, "!GRAPHQL_VALIDATION_FAILED variable.input.creator")
	})
	t.Run("8 description null, empty, absent, long", func(t *testing.T) {
		c.refused(t, input(id, vars{"description": nil}), "REQUIRED input.description")
		same(t, c.create(t, input(id, vars{"description": ""})), "task.description", `""`)
		same(t, c.create(t, input(id)), "task.description", `""`)
		long := strings.Repeat("d", 10_000)
		same(t, c.create(t, input(id, vars{"description": long})), "task.description", `"`+long+`"`)
	})
	t.Run("9 template id as text and as number", func(t *testing.T) {
		same(t, c.create(t, input(id)), "task.templateId", `"`+id+`"`)
		same(t, c.create(t, input(id, vars{"templateId": raw(id)})), "task.templateId", `"`+id+`"`)
		for _, wrong := range []string{`true`, `null`, `[]`, `{}`} {
			c.refused(t, input(id, vars{"templateId": raw(wrong)}), "!GRAPHQL_VALIDATION_FAILED variable.input.templateId")
		}
		for _, wrong := range []string{`4.5`, `"x"`, `-4`, `""`, `"99999999999999999999"`} {
			c.refused(t, input(id, vars{"templateId": raw(wrong)}), "NOT_FOUND input.templateId")
		}
	})
	t.Run("10 template of another app looks like a missing one", func(t *testing.T) {
		foreign := s.theirs.template(t, order(t))
		a := c.refused(t, input(foreign), "NOT_FOUND input.templateId")
		b := c.refused(t, input("99999"), "NOT_FOUND input.templateId")
		if was, is := string(a.body), strings.ReplaceAll(string(b.body), "99999", foreign); was != is {
			t.Errorf("foreign: %s\nmissing: %s", was, is)
		}
	})
}

func TestRowsOfTheTreeThatIsUsed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	first, second := order(t), order(t, `"value": "A-1"`, `"value": "B-2"`)
	uses := func(t *testing.T, template, value string, draft bool) {
		t.Helper()
		same(t, c.create(t, input(template)), `task.parameters.${order_no}`, `"`+value+`"`)
		preview := c.query(t, previewDocument, vars{"input": input(template)})
		if got := at(preview, "previewMockTask.version.isDraft"); got != draft {
			t.Errorf("isDraft is %v", got)
		}
	}
	// both has a release and another draft.
	both := func(t *testing.T) string {
		t.Helper()
		id := c.template(t, first)
		c.release(t, id)
		c.save(t, id, second)
		return id
	}

	t.Run("11 deleted template", func(t *testing.T) {
		id := c.template(t, first)
		c.change(t, "deleteTemplate", "DeleteTemplateInput", "deletedId", vars{"id": id})
		c.refused(t, input(id), "NOT_FOUND input.templateId")
	})
	t.Run("12 disabled template is accepted", func(t *testing.T) {
		id := c.template(t, first)
		c.change(t, "updateTemplate", "UpdateTemplateInput", "template { id }", vars{"id": id, "isEnabled": false})
		c.create(t, input(id))
	})
	t.Run("13 draft beside a release", func(t *testing.T) { uses(t, both(t), "B-2", true) })
	t.Run("14 release only", func(t *testing.T) {
		id := c.template(t, first)
		c.release(t, id)
		uses(t, id, "A-1", false)
	})
	t.Run("15 draft discarded", func(t *testing.T) {
		id := both(t)
		c.change(t, "discardTemplateDraft", "DiscardTemplateDraftInput", "template { id }", vars{"id": id})
		uses(t, id, "A-1", false)
	})
	t.Run("16 stale draft after versioning was switched off", func(t *testing.T) {
		id := both(t)
		n, err := s.store.Write.SpaceConfig.Update().SetValue(raw(`"false"`)).Save(t.Context())
		fatal(t, err)
		if n == 0 {
			t.Fatal("no setting was changed")
		}
		uses(t, id, "B-2", true)
		_, err = s.store.Write.SpaceConfig.Update().SetValue(raw(`"true"`)).Save(t.Context())
		fatal(t, err)
	})
	t.Run("17 two drafts are impossible", func(t *testing.T) {
		id := both(t)
		data := c.query(t, `query($id: ID!) { template(id: $id) { draft { id snapshotId } } }`, vars{"id": id})
		s.unchanged(t, func() {
			err := s.store.Write.PipelineVersion.Create().SetTemplateID(number(t, id)).SetDraft(true).
				SetSnapshotID(number(t, text(data, "template.draft.snapshotId"))).Exec(t.Context())
			if fault.CodeOf(store.Translate(err)) != fault.CodeConflict {
				t.Errorf("%v", err)
			}
		})
		c.save(t, id, first) // takes the place of the draft
		uses(t, id, "A-1", true)
	})
	t.Run("18 never released", func(t *testing.T) { uses(t, c.template(t, second), "B-2", true) })
}
