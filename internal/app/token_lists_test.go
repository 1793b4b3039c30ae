package app_test

import (
	"rehearse.dev/internal/store/storetest"
	"slices"
	"strings"
	"testing"
)

const tokListsDocument = `query($space: ID, $template: ID!, $all: [ID!]!) {
  tasks(spaceId: $space) { totalCount nodes { id } }
  ofTemplate: tasks(spaceId: $space, where: {templateId: $template}) { totalCount nodes { id } }
  templates(spaceId: $space) { totalCount nodes { id } }
  viewer { appCode username isSuperuser spaces { id } }
  nodes(ids: $all) { id }
}`

// tokIDs lists the ids at a path, in a fixed order.
func tokIDs(v any, path string) string {
	ids := []string{}
	for _, item := range list(v, path) {
		if id := text(item, "id"); id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// Lists, counts and filters show what the token reaches and nothing else, with and
// without naming the space.
func TestListsShowOnlyWhatATokenReaches(t *testing.T) {
	t.Parallel()
	w := tokNewWorld(t)
	all := []string{
		w.space, w.otherSpace, w.first, w.second, w.elsewhere, w.preset, w.scheme,
		w.task, w.sibling, w.cousin, w.far, w.plain,
	}
	inFirst := []string{w.task, w.sibling, w.plain}
	ofSpace := append(slices.Clone(inFirst), w.cousin)
	templates := []string{w.first, w.second}
	readable := slices.Concat([]string{w.space, w.preset, w.scheme}, templates, ofSpace)
	for name, test := range map[string]struct {
		caller                               *tokCaller
		tasks, ofTemplate, templates, spaces []string
		nodes                                []string
	}{
		"SpaceView":     {w.bearer(t, "SPACE", w.space, "VIEW"), ofSpace, inFirst, templates, []string{w.space}, readable},
		"SpaceMock":     {w.bearer(t, "SPACE", w.space, "MOCK"), ofSpace, inFirst, templates, []string{w.space}, readable},
		"TemplateView":  {w.bearer(t, "TEMPLATE", w.first, "VIEW"), nil, nil, []string{w.first}, nil, []string{w.first, w.preset, w.scheme}},
		"TemplateMock":  {w.bearer(t, "TEMPLATE", w.first, "MOCK"), inFirst[:2], inFirst[:2], nil, nil, inFirst[:2]},
		"OtherMock":     {w.bearer(t, "TEMPLATE", w.second, "MOCK"), []string{w.cousin}, nil, nil, nil, []string{w.cousin}},
		"TaskView":      {w.bearer(t, "TASK", w.task, "VIEW"), inFirst[:1], inFirst[:1], nil, nil, inFirst[:1]},
		"TaskSuperuser": {tokBearer(w.ours, w.apply(t, "TASK", w.task, "VIEW", "ours-user")), ofSpace, inFirst, templates, []string{w.space}, readable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, space := range []any{nil, w.space} {
				a := test.caller.ask(t, tokListsDocument, vars{"space": space, "template": w.first, "all": all})
				if len(a.errors) > 0 {
					t.Fatalf("%s", a.body)
				}
				for path, want := range map[string][]string{
					"tasks.nodes": test.tasks, "ofTemplate.nodes": test.ofTemplate, "templates.nodes": test.templates,
					"viewer.spaces": test.spaces, "nodes": test.nodes,
				} {
					if got := tokIDs(a.data, path); got != strings.Join(slices.Sorted(slices.Values(want)), " ") {
						t.Errorf("space %v: %s is %s, not %s", space, path, got, want)
					}
					if total := at(a.data, strings.TrimSuffix(path, "nodes")+"totalCount"); total != nil && asJSON(total) != asJSON(len(want)) {
						t.Errorf("space %v: %s has %s, not %d", space, path, asJSON(total), len(want))
					}
				}
				if text(a.data, "viewer.appCode") != "ours" || text(a.data, "viewer.username") == "" || at(a.data, "viewer.isSuperuser") != false {
					t.Errorf("viewer is %s", asJSON(at(a.data, "viewer")))
				}
			}
			a := test.caller.ask(t, tokListsDocument, vars{"space": w.otherSpace, "template": w.elsewhere, "all": []string{w.far}})
			for _, path := range []string{"tasks.nodes", "ofTemplate.nodes", "templates.nodes", "nodes"} {
				if got := tokIDs(a.data, path); got != "" {
					t.Errorf("another space: %s is %s", path, got)
				}
			}
		})
	}
}

// A token costs a list no statement more than the application's header, and each
// list walks an index in its order.
func TestListsOfTokensWalkIndexes(t *testing.T) {
	t.Parallel()
	storetest.SQLite(t)
	w := tokNewWorld(t)
	const document = `{ tasks { nodes { id name } } }`
	tokApp(w.ours).ask(t, document, nil) // fills the caches
	for name, test := range map[string]struct {
		caller *tokCaller
		index  string
	}{
		"Space":        {w.bearer(t, "SPACE", w.space, "VIEW"), "task_space_id_create_time"},
		"TemplateMock": {w.bearer(t, "TEMPLATE", w.first, "MOCK"), "task_template_id_create_time"},
		"Task":         {w.bearer(t, "TASK", w.task, "VIEW"), "PRIMARY KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			test.caller.ask(t, document, nil) // the caller is read and remembered
			a := test.caller.ask(t, document, nil)
			if len(a.statements) != 1 {
				t.Fatalf("%d statements: %q", len(a.statements), a.statements)
			}
			plan := w.plan(t, a.statements[0])
			if !strings.Contains(plan, test.index) || strings.Contains(plan, "TEMP B-TREE") && test.index != "PRIMARY KEY" {
				t.Errorf("%s\n%s", a.statements[0], plan)
			}
		})
	}
}

// plan is how SQLite would run a statement.
func (w *tokWorld) plan(t *testing.T, statement string) string {
	t.Helper()
	rows, err := w.beside.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
	fatal(t, err)
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		fatal(t, rows.Scan(&id, &parent, &unused, &detail))
		plan.WriteString(detail + "\n")
	}
	fatal(t, rows.Err())
	return plan.String()
}

// What a token shows of a neighbour that it does not let read is a heading.
func TestATokenShowsTheHeadingOfItsNeighbours(t *testing.T) {
	t.Parallel()
	w := tokNewWorld(t)
	mock, task := w.bearer(t, "TEMPLATE", w.first, "MOCK"), w.bearer(t, "TASK", w.task, "VIEW")
	template, space := w.bearer(t, "TEMPLATE", w.first, "VIEW"), w.bearer(t, "SPACE", w.space, "VIEW")
	for name, test := range map[string]struct {
		caller    *tokCaller
		selection string
		want      string
	}{
		"TemplateOfTask":       {task, `task(id: $task) { template { __typename id name scopeType } snapshot { pipelineTree } mock { nodes } }`, ""},
		"TemplateOfMockTask":   {mock, `tasks { nodes { template { id name } } }`, ""},
		"TreeOfTemplate":       {mock, `task(id: $task) { template { id pipelineTree } }`, "!FORBIDDEN task"},
		"PresetsOfTemplate":    {task, `task(id: $task) { template { mockPresets { id } } }`, "!FORBIDDEN task"},
		"VersionsOfTemplate":   {mock, `tasks { nodes { template { versions { totalCount } } } }`, "!FORBIDDEN tasks"},
		"SpaceOfTemplate":      {mock, `task(id: $task) { template { space { id } } }`, "!FORBIDDEN task"},
		"Space":                {template, `template(id: $template) { space { id name } }`, ""},
		"SettingsOfSpace":      {template, `template(id: $template) { space { config { flowVersioning } } }`, "!FORBIDDEN template"},
		"CredentialsOfSpace":   {template, `template(id: $template) { space { credentials { id } } }`, "!FORBIDDEN template"},
		"TemplateOfSpace":      {space, `task(id: $task) { template { pipelineTree space { config { flowVersioning } } } }`, ""},
		"CredentialsUnmanaged": {space, `viewer { spaces { credentials { id } } }`, "!FORBIDDEN viewer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := "{ " + strings.NewReplacer("$task", `"`+w.task+`"`, "$template", `"`+w.first+`"`).Replace(test.selection) + " }"
			got := topLevel(test.caller.ask(t, document, nil))
			if strings.Join(got, " ") != test.want {
				t.Errorf("errors %q, not %q", got, test.want)
			}
		})
	}
	const preview = `query($in: CreateMockTaskInput!) { previewMockTask(input: $in) { version { id isDraft %s } } }`
	if a := mock.ask(t, strings.Replace(preview, "%s", "", 1), vars{"in": input(w.first)}); at(a.data, "previewMockTask.version.isDraft") != true {
		t.Errorf("the preview does not tell the version: %s", a.body)
	}
	a := mock.ask(t, strings.Replace(preview, "%s", "snapshot { pipelineTree }", 1), vars{"in": input(w.first)})
	if got := topLevel(a); len(got) != 1 || !strings.HasPrefix(got[0], "!FORBIDDEN") {
		t.Errorf("the preview shows the tree: %s", a.body)
	}
}
