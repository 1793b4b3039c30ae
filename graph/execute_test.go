package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"rehearse.dev/ent"
	entapp "rehearse.dev/ent/app"
	"rehearse.dev/graph/generated"
	"rehearse.dev/graph/limit"
	"rehearse.dev/graph/read"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
	"rehearse.dev/internal/template"
)

// edge is a resolver over a real database with a few templates and tasks.
type edge struct {
	resolver *Resolver
	ctx      context.Context
	store    *store.Store
	space    int
	tasks    []int
	template int
}

func newEdge(t *testing.T) *edge {
	t.Helper()
	s := storetest.New(t)
	clock := time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)
	now := func() time.Time { clock = clock.Add(time.Second); return clock }
	nothing := func(*flow.Pipeline) []fault.Problem { return nil }
	trees := template.NewTrees(template.DefaultTreeBytes, nothing)
	keys, err := seal.New(make([]byte, seal.KeySize))
	must(t, err)
	spaces := space.New(space.Deps{Store: s, Now: now, Changed: func(context.Context, int) error { return nil }})
	serial := 0
	e := &edge{store: s, resolver: &Resolver{
		schema: Schema(),
		Services: Services{
			Reader: read.New(s.Read, s.ReadDriver(), trees, run.NewPlans(trees, nil), Schema()), Spaces: spaces, Trees: trees,
			Templates: template.New(template.Deps{Store: s, Settings: spaces, Trees: trees, Now: now}),
			Tasks: task.New(task.Deps{
				Store: s, Trees: trees, Keys: keys, Credentials: spaces, CheckVariables: nothing, Now: now,
				KnownPlugin:   func(string, string) bool { return true },
				NewInstanceID: func() string { serial++; return fmt.Sprintf("%032x", serial) },
			}),
		},
	}}
	_, err = spaces.CreateApp(t.Context(), "app", false)
	must(t, err)
	app, err := s.Read.App.Query().Where(entapp.Code("app")).Only(t.Context())
	must(t, err)
	caller := auth.Caller{AppID: app.ID, AppCode: "app", Username: "me"}
	e.space, err = spaces.Create(t.Context(), caller, space.CreateParams{Name: "s"})
	must(t, err)
	caller.Spaces = []int{e.space}
	e.ctx = auth.WithCaller(t.Context(), caller)
	e.fill(t, caller)
	return e
}

func (e *edge) fill(t *testing.T, caller auth.Caller) {
	t.Helper()
	tree, err := os.ReadFile("testdata/tree.json")
	must(t, err)
	scope := "a \"quoted\"\\ \x01 scope\u2028\xff"[:22]
	for i := range 3 {
		made, err := e.resolver.Templates.Create(e.ctx, caller, template.CreateParams{
			SpaceID: e.space, Name: fmt.Sprintf("template %d 模板", i), PipelineTree: tree, ScopeType: &scope, ScopeValue: &scope,
		})
		must(t, err)
		e.template = made.TemplateID
		if i > 0 {
			_, err = e.resolver.Templates.Release(e.ctx, caller, template.ReleaseParams{ID: made.TemplateID})
			must(t, err)
		}
		if i > 1 {
			_, err = e.resolver.Templates.SaveDraft(e.ctx, caller, template.SaveDraftParams{ID: made.TemplateID, PipelineTree: tree})
			must(t, err)
		}
		for range 4 {
			created, err := e.resolver.Services.Tasks.CreateMock(e.ctx, caller, task.CreateParams{
				TemplateID: fmt.Sprint(made.TemplateID), Name: "tab\tnewline\n\"<é>", Creator: "me", Description: "x",
				Mock: task.MockParams{Nodes: []string{"a"}, Outputs: json.RawMessage(`{"a":{"x":1.0}}`)},
			})
			must(t, err)
			e.tasks = append(e.tasks, created.TaskID)
		}
	}
	started := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	must(t, e.store.InTx(e.ctx, func(ctx context.Context, tx *ent.Tx) error {
		return tx.Task.UpdateOneID(e.tasks[0]).SetStartTime(started).SetFinishTime(started).SetState("FINISHED").Exec(ctx)
	}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run executes a document and reports whether the compiled form answered.
func (e *edge) run(t *testing.T, query string, vars map[string]any, useCompiled bool) (answer []byte, wasCompiled bool) {
	t.Helper()
	var es graphql.ExecutableSchema = generated.NewExecutableSchema(generated.Config{Resolvers: e.resolver})
	if useCompiled {
		es = compiled{ExecutableSchema: es, reader: e.resolver.Reader}
	}
	exec := executor.New(es)
	exec.SetQueryCache(found{})
	exec.SetErrorPresenter(present(slog.New(slog.DiscardHandler)))
	exec.Use(extension.Introspection{})
	doc := admitAll(t, es.Schema(), query)
	ctx := withDocument(graphql.StartOperationTrace(e.ctx), doc)
	op, list := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: vars})
	if list != nil {
		t.Fatalf("%s: %v", query, list)
	}
	op.Stats.SetExtension(weighedKey, &weighed{document: doc})
	responses, ctx := exec.DispatchOperation(ctx, op)
	raw, err := json.Marshal(responses(ctx))
	must(t, err)
	return raw, doc.query(e.resolver.schema, op) != nil
}

// admitAll validates a document by the parser's own rules, without any limit: what
// runs operations must not need one.
func admitAll(t *testing.T, schema *ast.Schema, query string) *document {
	t.Helper()
	parsed, err := parser.ParseQuery(&ast.Source{Input: query})
	must(t, err)
	if list := validator.ValidateWithRules(schema, parsed, nil); list != nil {
		t.Fatalf("%s: %v", query, list)
	}
	return &document{Document: &limit.Document{AST: parsed}, kept: true}
}

const allTaskFields = `id spaceId scopeType scopeValue instanceId templateId name creator createTime createMethod triggerMethod
	executor startTime finishTime description isStarted isFinished isRevoked isDeleted isExpired snapshotId executionSnapshotId
	treeInfoId extraInfo state parameters template { id name } snapshot { id digest createTime pipelineTree }
	executionSnapshot { id digest } mock { nodes outputs mockDataIds failures }`

const allTemplateFields = `id spaceId space { id name description platformUrl creator createTime } name description scopeType
	scopeValue notifyConfig isEnabled creator updatedBy createTime updateTime pipelineTree
	draft { id templateId version isDraft description creator operator createTime updateTime snapshotId snapshot { digest } }
	releasedVersion { id version isDraft } effectiveVersion { id isDraft snapshot { pipelineTree } }`

func TestCompiledQueriesAnswerLikeTheGeneratedCode(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	id := fmt.Sprint(e.tasks[0])
	cases := map[string]struct {
		query    string
		vars     map[string]any
		compiled bool
	}{
		"Task":            {`query($id: ID!) { task(id: $id) { ` + allTaskFields + ` } }`, map[string]any{"id": id}, true},
		"TaskLiteral":     {`{ a: task(id: ` + id + `) { id __typename } b: task(id: "` + id + `") { x: name y: name } }`, nil, true},
		"MissingTask":     {`{ task(id: "12") { id } template(id: "x") { id } }`, nil, true},
		"WrongType":       {`{ task(id: "` + fmt.Sprint(e.template) + `") { id } }`, nil, true},
		"Tasks":           {`{ tasks { totalCount nodes { ` + allTaskFields + ` } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, nil, true},
		"Fragments":       {`query { tasks(first: 2) { ...c } } fragment c on TaskConnection { nodes { ... on Task { id } ... on Node { id } ...t } } fragment t on Task { name template { id } template { name } }`, nil, true},
		"Filter":          {`query($w: TaskFilter) { tasks(where: $w, last: 3, orderBy: {field: NAME, direction: ASC}) { nodes { id state } } }`, map[string]any{"w": map[string]any{"state": []any{"FINISHED"}, "createdFrom": "2026-01-01T00:00:00+08:00", "creator": "me", "createMethod": []any{"MOCK"}, "nameContains": "TAB"}}, true},
		"DefaultOrder":    {`query($o: TaskOrder) { tasks(orderBy: $o, first: 3) { nodes { id } } }`, map[string]any{"o": map[string]any{"direction": "ASC"}}, true},
		"Template":        {`{ template(id: "` + fmt.Sprint(e.template) + `") { ` + allTemplateFields + ` } }`, nil, true},
		"Templates":       {`{ templates(orderBy: {field: UPDATE_TIME}) { totalCount nodes { ` + allTemplateFields + ` } edges { cursor node { name } } pageInfo { endCursor } } }`, nil, true},
		"Several":         {`{ tasks(first: 1) { nodes { id } } templates(first: 1) { nodes { id } } }`, nil, true},
		"BadPage":         {`{ tasks(first: 0) { nodes { id } } }`, nil, true},
		"BadCursor":       {`{ tasks(after: "x") { nodes { id } } }`, nil, true},
		"Skipped":         {`query($s: Boolean!) { tasks(first: 1) { nodes { id name @skip(if: $s) } } }`, map[string]any{"s": true}, false},
		"WithArguments":   {`{ templates { nodes { versions(first: 1) { nodes { id } } mockPresets { id } } } }`, nil, false},
		"NodesOfTheTree":  {`{ task(id: "` + id + `") { nodes { id nodeId name type mocked } executionSnapshot { nodes { id } flows { id } } } }`, nil, false},
		"Introspection":   {`{ __typename __schema { queryType { name } } }`, nil, false},
		"AnotherRootType": {`{ viewer { appCode spaces { id } } node(id: "` + id + `") { id ... on Task { name } } }`, nil, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, _ := e.run(t, c.query, c.vars, false)
			got, was := e.run(t, c.query, c.vars, true)
			if was != c.compiled {
				t.Errorf("compiled: %v, want %v", was, c.compiled)
			}
			if !bytes.Equal(normal(t, want), normal(t, got)) {
				t.Errorf("answers differ\ngenerated: %s\ncompiled:  %s", want, got)
			}
		})
	}
}

// normal drops differences in how JSON texts are escaped, and keeps the order of
// members.
func normal(t *testing.T, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	for d.More() {
		token, err := d.Token()
		must(t, err)
		fmt.Fprintf(&out, "%T %v\n", token, token)
		if delim, ok := token.(json.Delim); ok && delim == '}' && !d.More() {
			continue
		}
	}
	return out.Bytes()
}
