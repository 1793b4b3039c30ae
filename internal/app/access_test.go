package app_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// things are the ids of one of each kind in an app's space.
type things map[string]string

func (c *client) things(t *testing.T) things {
	t.Helper()
	id := c.template(t, order(t), vars{"name": "secret of " + c.space})
	c.release(t, id)
	preset := c.preset(t, id, "nfetch", `{"a": 1}`)
	scheme := text(c.change(t, "createMockScheme", "CreateMockSchemeInput", "scheme { id }", vars{
		"templateId": id, "name": "s", "choices": []vars{{"nodeId": "nfetch", "presetId": preset}},
	}), "scheme.id")
	task := text(c.create(t, input(id)), "task.id")
	version := text(c.query(t, `query($id: ID!) { template(id: $id) { releasedVersion { id } } }`, vars{"id": id}), "template.releasedVersion.id")
	return things{"space": c.space, "template": id, "version": version, "preset": preset, "scheme": scheme, "task": task}
}

const anyNode = `{ __typename id
	... on Task { name } ... on Template { name } ... on PipelineVersion { snapshotId } ... on MockPreset { name } ... on MockScheme { name } ... on Space { name } }`

func TestForeignObjectsLookMissing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c, theirs, mine := s.ours, s.theirs.things(t), s.ours.things(t)
	missing := things{}
	for kind, id := range theirs {
		// The same type's range of ids, far behind all rows.
		missing[kind] = fmt.Sprint(number(t, id) + 1_000_000)
	}
	tree := order(t)
	change := func(mutation, inputType, selection string, in func(o things) vars) func(o things) (string, vars) {
		return func(o things) (string, vars) {
			return `mutation($input: ` + inputType + `!) { ` + mutation + `(input: $input) { ` + selection + ` userErrors` + problemFields + ` } }`,
				vars{"input": in(o)}
		}
	}
	query := func(document string) func(o things) (string, vars) {
		return func(o things) (string, vars) {
			v := vars{}
			for kind, id := range o {
				if strings.Contains(document, "$"+kind+":") {
					v[kind] = id
				}
			}
			return document, v
		}
	}
	calls := map[string]func(o things) (string, vars){
		"task":                 query(`query($task: ID!) { task(id: $task) { id name } }`),
		"template":             query(`query($template: ID!) { template(id: $template) { id name } }`),
		"node task":            query(`query($task: ID!) { node(id: $task) ` + anyNode + ` }`),
		"node template":        query(`query($template: ID!) { node(id: $template) ` + anyNode + ` }`),
		"node version":         query(`query($version: ID!) { node(id: $version) ` + anyNode + ` }`),
		"node preset":          query(`query($preset: ID!) { node(id: $preset) ` + anyNode + ` }`),
		"node scheme":          query(`query($scheme: ID!) { node(id: $scheme) ` + anyNode + ` }`),
		"node space":           query(`query($space: ID!) { node(id: $space) ` + anyNode + ` }`),
		"tasks of space":       query(`query($space: ID!) { tasks(spaceId: $space) { totalCount nodes { id } pageInfo { hasNextPage startCursor } } }`),
		"templates of space":   query(`query($space: ID!) { templates(spaceId: $space) { totalCount nodes { id } pageInfo { hasNextPage startCursor } } }`),
		"tasks of template":    query(`query($template: ID!) { tasks(where: {templateId: $template}) { totalCount nodes { id } } }`),
		"createTemplate":       change("createTemplate", "CreateTemplateInput", "template { id } warnings { code }", func(o things) vars { return vars{"spaceId": o["space"], "name": "n", "pipelineTree": tree} }),
		"updateTemplate":       change("updateTemplate", "UpdateTemplateInput", "template { id }", func(o things) vars { return vars{"id": o["template"], "name": "n"} }),
		"saveTemplateDraft":    change("saveTemplateDraft", "SaveTemplateDraftInput", "draft { id }", func(o things) vars { return vars{"id": o["template"], "pipelineTree": tree} }),
		"releaseTemplate":      change("releaseTemplate", "ReleaseTemplateInput", "release { id }", func(o things) vars { return vars{"id": o["template"]} }),
		"rollbackTemplate":     change("rollbackTemplate", "RollbackTemplateInput", "draft { id }", func(o things) vars { return vars{"id": o["template"], "version": "1.0.0"} }),
		"copyTemplate":         change("copyTemplate", "CopyTemplateInput", "template { id }", func(o things) vars { return vars{"id": o["template"]} }),
		"deleteTemplate":       change("deleteTemplate", "DeleteTemplateInput", "deletedId", func(o things) vars { return vars{"id": o["template"]} }),
		"discardTemplateDraft": change("discardTemplateDraft", "DiscardTemplateDraftInput", "template { id }", func(o things) vars { return vars{"id": o["template"]} }),
		"createMockPreset": change("createMockPreset", "CreateMockPresetInput", "preset { id }", func(o things) vars {
			return vars{"templateId": o["template"], "nodeId": "nfetch", "name": "n", "outputs": vars{}}
		}),
		"updateMockPreset": change("updateMockPreset", "UpdateMockPresetInput", "preset { id }", func(o things) vars { return vars{"id": o["preset"], "name": "n"} }),
		"deleteMockPreset": change("deleteMockPreset", "DeleteMockPresetInput", "deletedId", func(o things) vars { return vars{"id": o["preset"]} }),
		"replaceMockPresets": change("replaceMockPresets", "ReplaceMockPresetsInput", "presets { id }", func(o things) vars {
			return vars{"templateId": o["template"], "presets": []vars{}, "deleteOthers": true}
		}),
		"createMockScheme": change("createMockScheme", "CreateMockSchemeInput", "scheme { id }", func(o things) vars {
			return vars{"templateId": o["template"], "name": "n", "choices": []vars{}}
		}),
		"createMockScheme with a preset": change("createMockScheme", "CreateMockSchemeInput", "scheme { id }", func(o things) vars {
			return vars{"templateId": mine["template"], "name": "n", "choices": []vars{{"nodeId": "nfetch", "presetId": o["preset"]}}}
		}),
		"updateMockScheme": change("updateMockScheme", "UpdateMockSchemeInput", "scheme { id }", func(o things) vars { return vars{"id": o["scheme"], "name": "n"} }),
		"deleteMockScheme": change("deleteMockScheme", "DeleteMockSchemeInput", "deletedId", func(o things) vars { return vars{"id": o["scheme"]} }),
		"replaceMockPresets with an id": change("replaceMockPresets", "ReplaceMockPresetsInput", "presets { id }", func(o things) vars {
			return vars{"templateId": mine["template"], "presets": []vars{{"id": o["preset"], "nodeId": "nfetch", "name": "n", "outputs": vars{}}}}
		}),
		"createMockTask": change("createMockTask", "CreateMockTaskInput", "task { id }", func(o things) vars { return input(o["template"]) }),
		"createMockTask with a preset": change("createMockTask", "CreateMockTaskInput", "task { id }", func(o things) vars {
			return input(mine["template"], vars{"mockData": vars{"nodes": []string{"nfetch"}, "mockDataIds": vars{"nfetch": o["preset"]}}})
		}),
		"createMockTask with a scheme": change("createMockTask", "CreateMockTaskInput", "task { id }", func(o things) vars {
			return input(mine["template"], vars{"mockData": vars{"schemeId": o["scheme"]}})
		}),
		"previewMockTask": func(o things) (string, vars) { return previewDocument, vars{"input": input(o["template"])} },
		"deleteTask":      change("deleteTask", "DeleteTaskInput", "deletedId", func(o things) vars { return vars{"id": o["task"]} }),
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{}
			for whose, o := range map[string]things{"foreign": theirs, "missing": missing} {
				s.unchanged(t, func() {
					document, v := calls[name](o)
					a := c.ask(t, document, v)
					if a.status != http.StatusOK || len(a.errors) > 0 {
						t.Errorf("%s: status %d: %s", whose, a.status, a.body)
					}
					body := string(a.body)
					for kind, id := range o {
						body = regexp.MustCompile(`\b`+id+`\b`).ReplaceAllString(body, kind)
					}
					answers[whose] = body
				})
			}
			if answers["foreign"] != answers["missing"] {
				t.Errorf("foreign: %s\nmissing: %s", answers["foreign"], answers["missing"])
			}
		})
	}
	t.Run("but the owner sees them", func(t *testing.T) {
		for kind, id := range theirs {
			for who, caller := range map[string]*client{"owner": s.theirs, "superuser": s.root} {
				data := caller.query(t, `query($id: ID!) { node(id: $id) `+anyNode+` }`, vars{"id": id})
				if text(data, "node.id") != id {
					t.Errorf("%s of the %s: %s", kind, who, asJSON(data))
				}
			}
		}
	})
	t.Run("in a list of ids, each keeps its place", func(t *testing.T) {
		ids := []string{mine["task"], theirs["task"], mine["space"], "x", mine["scheme"], theirs["template"], mine["preset"], mine["task"], "0", mine["version"], mine["template"], "-5"}
		data := c.query(t, `query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`, vars{"ids": ids})
		want := []string{"Task", "", "Space", "", "MockScheme", "", "MockPreset", "Task", "", "PipelineVersion", "Template", ""}
		for i, kind := range want {
			if got := text(data, fmt.Sprintf("nodes.%d.__typename", i)); got != kind {
				t.Errorf("%d is %q, not %q", i, got, kind)
			}
			if kind != "" && text(data, fmt.Sprintf("nodes.%d.id", i)) != ids[i] {
				t.Errorf("%d has another id", i)
			}
		}
		a := c.ask(t, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, vars{"ids": slices.Repeat([]string{mine["task"]}, 101)})
		equalProblems(t, "101 ids", topLevel(a), []string{"!INVALID_INPUT/TOO_LONG ids"})
	})
	t.Run("a field of one type does not show another", func(t *testing.T) {
		data := c.query(t, `query($task: ID!, $template: ID!) { task(id: $template) { id } template(id: $task) { id } }`,
			vars{"task": mine["task"], "template": mine["template"]})
		same(t, data, "task", `null`)
		same(t, data, "template", `null`)
	})
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	theirs, mine := s.theirs.things(t), s.ours.things(t)
	const all = `{ tasks { totalCount nodes { id spaceId } } templates { totalCount nodes { id spaceId } } viewer { appCode username isSuperuser spaces { id } } }`
	t.Run("an app sees its own", func(t *testing.T) {
		data := s.ours.query(t, all, nil)
		same(t, data, "tasks", `{"totalCount":1,"nodes":[{"id":"`+mine["task"]+`","spaceId":"`+s.ours.space+`"}]}`)
		same(t, data, "templates", `{"totalCount":1,"nodes":[{"id":"`+mine["template"]+`","spaceId":"`+s.ours.space+`"}]}`)
		same(t, data, "viewer", `{"appCode":"ours","username":"ours-user","isSuperuser":false,"spaces":[{"id":"`+s.ours.space+`"}]}`)
	})
	t.Run("a superuser sees all and may change it", func(t *testing.T) {
		data := s.root.query(t, all, nil)
		same(t, data, "tasks.totalCount", `2`)
		same(t, data, "templates.totalCount", `2`)
		same(t, data, "viewer", `{"appCode":"root","username":"root-user","isSuperuser":true,"spaces":[]}`)
		same(t, s.root.create(t, input(theirs["template"])), "task.spaceId", `"`+s.theirs.space+`"`)
		same(t, s.theirs.query(t, all, nil), "tasks.totalCount", `2`)
	})
	t.Run("a deleted task is gone for everybody", func(t *testing.T) {
		s.ours.change(t, "deleteTask", "DeleteTaskInput", "deletedId", vars{"id": mine["task"]})
		for _, c := range []*client{s.ours, s.root} {
			same(t, c.query(t, `query($id: ID!) { task(id: $id) { id } node(id: $id) { id } }`, vars{"id": mine["task"]}), "task", `null`)
		}
		s.unchanged(t, func() {
			data := s.ours.query(t, `mutation($id: ID!) { deleteTask(input: {id: $id}) { deletedId userErrors`+problemFields+` } }`, vars{"id": mine["task"]})
			equalProblems(t, "again", problemsAt(data, "deleteTask.userErrors"), []string{"NOT_FOUND input.id"})
		})
	})
}
