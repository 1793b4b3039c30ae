package app_test

import (
	"fmt"
	"strings"
	"testing"

	"rehearse.dev/ent/pipelineversion"
)

func TestReferencesThatCannotBeResolved(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	leaf := c.released(t, row("", "", display("x", "hi")))
	draft := c.template(t, child())
	deleted := c.released(t, child())
	c.change(t, "deleteTemplate", "DeleteTemplateInput", "deletedId", vars{"id": deleted})
	theirs := s.theirs.released(t, child())
	home := c.space
	c.space = c.newSpace(t, "other")
	elsewhere := c.released(t, child())
	c.space = home

	using := func(ref string) vars { return input(c.template(t, row("", "", sub("a", ref, "")))) }
	for name, test := range map[string]struct{ ref, want string }{
		"no such template":            {"987654", "NOT_FOUND input.templateId @a"},
		"no number of a template":     {"-1", "NOT_FOUND input.templateId @a"},
		"a deleted template":          {deleted, "NOT_FOUND input.templateId @a"},
		"a template of another app":   {theirs, "NOT_FOUND input.templateId @a"},
		"a template of another space": {elsewhere, "NOT_FOUND input.templateId @a"},
		"a template with a draft":     {draft, "NO_VERSION input.templateId @a"},
		"an unknown release":          {leaf + `, "version": "7.0.0"`, "NOT_FOUND input.templateId @a"},
	} {
		t.Run(name, func(t *testing.T) {
			c.refused(t, using(test.ref), test.want)
			whole := using(test.ref)
			whole["mockData"] = raw(`{"nodes": ["a", "a/anything"]}`)
			c.create(t, whole, "INERT_OUTPUTS input.mockData.nodes.1 @a/anything") // its inside is not needed
		})
	}
	t.Run("a release that is named, and the latest", func(t *testing.T) {
		c.create(t, using(leaf+`, "version": "1.0.0"`))
		c.create(t, using(leaf+`, "version": "7.0.0", "always_use_latest": true`))
		inner := strings.NewReplacer(`"start"`, `"istart"`, `"end"`, `"iend"`).Replace(string(row("", "", sub("b", leaf, ""))))
		inline := `a "type": "SubProcess", "pipeline": ` + inner
		task := at(c.create(t, input(c.template(t, row("", "", inline)))), "task")
		same(t, task, "executionSnapshot.pipelineTree.activities.a.pipeline.activities.b.pipeline.activities.x.id", `"x"`)
		form := service("a", "subprocess_plugin", "1.0.0", `"subprocess": {"hook": false, "value": {"template_id": `+leaf+`, "always_use_latest": true}}`)
		task = at(c.create(t, input(c.template(t, row("", "", form)))), "task")
		same(t, task, "executionSnapshot.pipelineTree.activities.a.type", `"SubProcess"`)
	})
	t.Run("the problems of a release are those of the task, by path", func(t *testing.T) {
		id := c.released(t, row("", "", display("x", "hi")))
		broken := c.template(t, row("", "", `lone "type": "ServiceActivity"`))
		snapshot := number(t, text(c.query(t, `query($id: ID!) { template(id: $id) { draft { snapshotId } } }`, vars{"id": broken}), "template.draft.snapshotId"))
		fatal(t, s.store.Write.PipelineVersion.Update().Where(pipelineversion.TemplateID(number(t, id))).SetSnapshotID(snapshot).Exec(t.Context()))
		twice := c.template(t, row("", "", sub("a", id, ""), sub("b", id, "")))
		c.refused(t, input(twice), "INVALID_PIPELINE/INVALID_TREE input.templateId @a/lone")
	})
	t.Run("problems are told at each cause, by path", func(t *testing.T) {
		middle := c.released(t, row("", "", sub("lost", "987654", ""), sub("ok", leaf, ""), service("odd", "nobody", "v1", "")))
		id := c.template(t, row("", "", sub("a", middle, ""), sub("b", draft, "")))
		c.refused(t, input(id), "NOT_FOUND input.templateId @a/lost", "NO_VERSION input.templateId @b")
		some := input(id, vars{"mockData": vars{"nodes": []string{"a/lost", "b"}}})
		c.create(t, some, "UNKNOWN_PLUGIN input.templateId @a/odd")
	})
}

func TestReferencesAreBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	t.Run("a circle names its way", func(t *testing.T) {
		one := c.template(t, row("", "", display("x", "hi")))
		two := c.released(t, row("", "", sub("back", one, "")))
		c.save(t, one, row("", "", sub("on", two, "")))
		c.release(t, one)
		a := c.refused(t, input(one), "INVALID_PIPELINE/CYCLE input.templateId @on/back")
		if message := text(a.data, "createMockTask.userErrors.0.message"); !strings.Contains(message, one+" → "+two+" → "+one) {
			t.Errorf("the message is %q", message)
		}
		self := c.template(t, row("", "", display("x", "hi")))
		c.save(t, self, row("", "", sub("me", self, "")))
		c.refused(t, input(self), "INVALID_PIPELINE/CYCLE input.templateId @me")
	})
	t.Run("nesting has a limit", func(t *testing.T) {
		id := c.released(t, row("", "", display("x", "hi")))
		for range 8 {
			id = c.released(t, row("", "", sub("n", id, "")))
		}
		task := at(c.create(t, input(id)), "task")
		if run := executed(t, task); run.State().Rows["n/n/n/n/n/n/n/n/x"] == nil {
			t.Error("the innermost node did not run")
		}
		c.refused(t, input(c.template(t, row("", "", sub("n", id, "")))), "INVALID_PIPELINE/INVALID_TREE input.templateId @n/n/n/n/n/n/n/n/n")
	})
	t.Run("templates that multiply each other are stopped", func(t *testing.T) {
		id := c.released(t, row("", "", display("x", "hi")))
		for range 4 {
			var many []string
			for i := range 12 {
				many = append(many, sub(fmt.Sprintf("n%d", i), id, ""))
			}
			id = c.released(t, row("", "", many...))
		}
		c.refused(t, input(id), "INVALID_PIPELINE/INVALID_TREE input.templateId")
	})
	t.Run("the whole has the size limit of a tree", func(t *testing.T) {
		id := c.released(t, row("", "", display("x", strings.Repeat("long", 100_000))))
		var many []string
		for i := range 12 {
			many = append(many, sub(fmt.Sprintf("n%d", i), id, ""))
		}
		c.refused(t, input(c.template(t, row("", "", many...))), "INVALID_PIPELINE/INVALID_TREE input.templateId")
	})
}

func TestStatementsOfReferences(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	inner := c.released(t, row("", "", display("x", "hi")))
	other := c.released(t, row("", "", display("x", "ho")))
	middle := c.released(t, row("", "", sub("a", inner, ""), sub("b", other, ""), sub("c", inner, "")))
	id := c.template(t, row("", "", sub("m", middle, ""), sub("n", middle, ""), sub("o", inner, "")))
	plain := c.template(t, row("", "", display("x", "he")))
	const short = `query($input: CreateMockTaskInput!) { previewMockTask(input: $input) { executionDigest userErrors { code } } }`
	count := func(in vars) int {
		t.Helper()
		a := c.ask(t, short, vars{"input": in})
		if len(a.errors) > 0 || len(list(a.data, "previewMockTask.userErrors")) > 0 {
			t.Fatalf("%s", a.body)
		}
		return len(a.statements)
	}
	count(input(plain))
	base := count(input(plain))
	count(input(id)) // the trees are in memory now
	if n := count(input(id)); n != base+2 {
		t.Errorf("%d statements for two levels of references, %d without any", n, base)
	}
	if n := count(input(id, vars{"mockData": vars{"nodes": []string{"m", "n", "o"}}})); n != base {
		t.Errorf("%d statements when every sub-process is mocked, %d without any", n, base)
	}
	create := func() int {
		a := c.statements(t, 12, `mutation($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { code } } }`, vars{"input": input(id)})
		return len(a.statements)
	}
	if first, second := create(), create(); second >= first {
		t.Errorf("%d statements to store the tree that runs, %d to find it", first, second)
	}
}
