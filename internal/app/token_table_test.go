package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// tokProbe tries one thing and tells the field that shows what became of it.
type tokProbe struct {
	name string
	try  func(t *testing.T, w *tokWorld, c *tokCaller) (a *answer, field string)
}

func tokNodeProbe(name string, id func(*tokWorld) string) tokProbe {
	return tokProbe{name, func(t *testing.T, w *tokWorld, c *tokCaller) (*answer, string) {
		return c.ask(t, `query($id: ID!) { node(id: $id) { id } }`, vars{"id": id(w)}), "node"
	}}
}

func tokChangeProbe(name, mutation string, in func(*tokWorld) vars) tokProbe {
	typ := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
	return tokProbe{name, func(t *testing.T, w *tokWorld, c *tokCaller) (*answer, string) {
		document := `mutation($in: ` + typ + `!) { ` + mutation + `(input: $in) { userErrors` + problemFields + ` } }`
		return c.ask(t, document, vars{"in": in(w)}), mutation
	}}
}

func tokPreviewProbe(name string, template func(*tokWorld) string) tokProbe {
	return tokProbe{name, func(t *testing.T, w *tokWorld, c *tokCaller) (*answer, string) {
		const document = `query($in: CreateMockTaskInput!) { previewMockTask(input: $in) { version { id isDraft } userErrors` + problemFields + ` } }`
		return c.ask(t, document, vars{"in": input(template(w))}), "previewMockTask"
	}}
}

func tokSimulateProbe(name string, template func(*tokWorld) string) tokProbe {
	return tokProbe{name, func(t *testing.T, w *tokWorld, c *tokCaller) (*answer, string) {
		const document = `query($in: CreateMockTaskInput!) { simulateMockTask(input: $in) { state userErrors` + problemFields + ` } }`
		return c.ask(t, document, vars{"in": input(template(w))}), "simulateMockTask"
	}}
}

// tokOperateProbe tries an operation on the task. That the state does not allow it is
// for those to know who may operate it.
func tokOperateProbe(mutation string, more vars) tokProbe {
	field := "taskId"
	if strings.HasSuffix(mutation, "Task") {
		field = "id"
	}
	return tokProbe{mutation, func(t *testing.T, w *tokWorld, c *tokCaller) (*answer, string) {
		return c.ask(t, operateDocument(mutation), vars{"in": merged(vars{field: w.task}, more)}), mutation
	}}
}

// tokWatchProbe watches a task that has ended, or is told that there is none.
func tokWatchProbe(name, subscription, selection string, id func(*tokWorld) string) tokProbe {
	return tokProbe{name, func(t *testing.T, w *tokWorld, c *tokCaller) (*answer, string) {
		body, err := json.Marshal(vars{
			"query": `subscription($id: ID!) { ` + subscription + `(taskId: $id) { ` + selection + ` } }`, "variables": vars{"id": id(w)},
		})
		fatal(t, err)
		a := c.send(t, body, c.set, func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") })
		_, data, _ := strings.Cut(string(a.body), "data: ")
		data, _, _ = strings.Cut(data, "\n")
		var first struct {
			Data   any   `json:"data"`
			Errors []any `json:"errors"`
		}
		if err := json.Unmarshal([]byte(data), &first); err != nil {
			t.Fatalf("%v: %s", err, a.body)
		}
		a.data, a.errors = first.Data, first.Errors
		return a, subscription
	}}
}

// tokProbes are the columns of the table, those that destroy something last.
var tokProbes = []tokProbe{
	tokNodeProbe("read the space", func(w *tokWorld) string { return w.space }),
	tokNodeProbe("read another space", func(w *tokWorld) string { return w.otherSpace }),
	tokNodeProbe("read the template", func(w *tokWorld) string { return w.first }),
	tokNodeProbe("read another template", func(w *tokWorld) string { return w.second }),
	tokNodeProbe("read a template elsewhere", func(w *tokWorld) string { return w.elsewhere }),
	tokNodeProbe("read a preset", func(w *tokWorld) string { return w.preset }),
	tokNodeProbe("read a scheme", func(w *tokWorld) string { return w.scheme }),
	tokNodeProbe("read the task", func(w *tokWorld) string { return w.task }),
	tokNodeProbe("read another task of the template", func(w *tokWorld) string { return w.sibling }),
	tokNodeProbe("read a task that is no mock task", func(w *tokWorld) string { return w.plain }),
	tokNodeProbe("read a task of another template", func(w *tokWorld) string { return w.cousin }),
	tokNodeProbe("read a task elsewhere", func(w *tokWorld) string { return w.far }),
	tokChangeProbe("edit the template", "updateTemplate", func(w *tokWorld) vars { return vars{"id": w.first, "name": "new"} }),
	tokChangeProbe("edit another template", "updateTemplate", func(w *tokWorld) vars { return vars{"id": w.second, "name": "new"} }),
	tokChangeProbe("edit a preset", "updateMockPreset", func(w *tokWorld) vars { return vars{"id": w.preset, "name": "new"} }),
	tokChangeProbe("edit a scheme", "updateMockScheme", func(w *tokWorld) vars { return vars{"id": w.scheme, "name": "new"} }),
	tokChangeProbe("make a template", "createTemplate", func(w *tokWorld) vars {
		return vars{"spaceId": w.space, "name": "made", "pipelineTree": w.tree}
	}),
	tokChangeProbe("copy the template", "copyTemplate", func(w *tokWorld) vars { return vars{"id": w.first} }),
	tokPreviewProbe("preview a mock task", func(w *tokWorld) string { return w.first }),
	tokPreviewProbe("preview one of another template", func(w *tokWorld) string { return w.second }),
	tokSimulateProbe("simulate a mock task", func(w *tokWorld) string { return w.first }),
	tokSimulateProbe("simulate one of another template", func(w *tokWorld) string { return w.second }),
	tokChangeProbe("make a mock task", "createMockTask", func(w *tokWorld) vars { return input(w.first) }),
	tokChangeProbe("make one of another template", "createMockTask", func(w *tokWorld) vars { return input(w.second) }),
	tokChangeProbe("make one elsewhere", "createMockTask", func(w *tokWorld) vars { return input(w.elsewhere) }),
	tokChangeProbe("make a space", "createSpace", func(*tokWorld) vars { return vars{"name": "made"} }),
	tokChangeProbe("apply for a token", "applyToken", func(w *tokWorld) vars {
		return vars{"resourceType": "SPACE", "resourceId": w.space, "permission": "VIEW", "user": "ann"}
	}),
	tokChangeProbe("revoke a token", "revokeToken", func(*tokWorld) vars { return vars{"token": "x"} }),
	tokChangeProbe("manage the space", "setSpaceConfig", func(w *tokWorld) vars { return vars{"spaceId": w.space} }),
	tokChangeProbe("manage another space", "setSpaceConfig", func(w *tokWorld) vars { return vars{"spaceId": w.otherSpace} }),
	tokOperateProbe("pauseTask", nil),
	tokOperateProbe("resumeTask", nil),
	tokOperateProbe("revokeTask", nil),
	tokOperateProbe("retryNode", vars{"nodeId": "nfetch"}),
	tokOperateProbe("skipNode", vars{"nodeId": "nfetch"}),
	tokOperateProbe("forceFailNode", vars{"nodeId": "nfetch"}),
	tokOperateProbe("callbackNode", vars{"nodeId": "nfetch"}),
	tokOperateProbe("chooseBranch", vars{"nodeId": "nfetch", "flowIds": []string{"l3"}}),
	tokOperateProbe("startTask", nil),
	tokWatchProbe("watch events", "taskEvents", "seq", func(w *tokWorld) string { return w.sibling }),
	tokWatchProbe("watch updates", "taskUpdated", "state", func(w *tokWorld) string { return w.sibling }),
	tokWatchProbe("watch a task elsewhere", "taskEvents", "seq", func(w *tokWorld) string { return w.far }),
	tokChangeProbe("delete another task of the template", "deleteTask", func(w *tokWorld) vars { return vars{"id": w.sibling} }),
	tokChangeProbe("delete a task that is no mock task", "deleteTask", func(w *tokWorld) vars { return vars{"id": w.plain} }),
	tokChangeProbe("delete a task of another template", "deleteTask", func(w *tokWorld) vars { return vars{"id": w.cousin} }),
	tokChangeProbe("delete a task elsewhere", "deleteTask", func(w *tokWorld) vars { return vars{"id": w.far} }),
	tokChangeProbe("delete the task", "deleteTask", func(w *tokWorld) vars { return vars{"id": w.task} }),
	tokChangeProbe("delete the template", "deleteTemplate", func(w *tokWorld) vars { return vars{"id": w.first} }),
}

// tokRows are the rows of the table: a letter for each probe, Yes, Forbidden or
// Missing, in the order of tokProbes.
var tokRows = []struct {
	resource, permission, user string
	//     read             edit     mock      apps manage operate watch delete
	cells string
}{
	{"", "", "", "YYYYYYY YYYYY YYYYYY YYYY YYY YYY YY YYYYYYYYY YYY YYYYY Y"},
	{"SPACE", "VIEW", "ann", "YMYYMYY YYYYM FFFFFF FFFF FFM FFF FM FFFFFFFFF YYM FFFMF F"},
	{"SPACE", "EDIT", "ann", "YMYYMYY YYYYM YYYYYY FFFF FFM FFF FM FFFFFFFFF YYM FFFMF Y"},
	{"SPACE", "MOCK", "ann", "YMYYMYY YYYYM FFFFFF YYYY YYM FFF FM YYYYYYYYY YYM YFYMY F"},
	{"SPACE", "OPERATE", "ann", "YMYYMYY YYYYM FFFFFF FFFF FFM FFF FM YYYYYYYYY YYM YYYMY F"},
	{"TEMPLATE", "VIEW", "ann", "MMYMMYY MMMMM FMFFMF FMFM FMM FFF MM MMMMMMMMM MMM MMMMM F"},
	{"TEMPLATE", "EDIT", "ann", "MMYMMYY MMMMM YMYYMF FMFM FMM FFF MM MMMMMMMMM MMM MMMMM Y"},
	{"TEMPLATE", "MOCK", "ann", "MMMMMMM YYMMM MMMMMM YMYM YMM FFF MM YYYYYYYYY YYM YMMMY M"},
	{"TASK", "VIEW", "ann", "MMMMMMM YMMMM MMMMMM MMMM MMM FFF MM FFFFFFFFF MMM MMMMF M"},
	{"TASK", "OPERATE", "ann", "MMMMMMM YMMMM MMMMMM MMMM MMM FFF MM YYYYYYYYY MMM MMMMY M"},
	{"SPACE", "VIEW", "ours-user", "YMYYMYY YYYYM YYYYYY YYYY YYM FFF YM YYYYYYYYY YYM YYYMY Y"},
	{"TEMPLATE", "MOCK", "ours-user", "YMYYMYY YYYYM YYYYYY YYYY YYM FFF YM YYYYYYYYY YYM YYYMY Y"},
	{"TASK", "VIEW", "ours-user", "YMYYMYY YYYYM YYYYYY YYYY YYM FFF YM YYYYYYYYY YYM YYYMY Y"},
}

// Every cell of the table in docs/security.md. ours-user is a superuser of the spaces,
// because that user has made them. Rows 93 and 94 of the contract's edge cases are
// cells of it, with SPACE for SCOPE.
func TestTokensAllowWhatTheTableSays(t *testing.T) {
	t.Parallel()
	words := map[rune]string{'Y': "yes", 'F': "forbidden", 'M': "missing"}
	for _, row := range tokRows {
		name := strings.Trim(row.resource+"_"+row.permission+"_"+row.user, "_")
		if name == "" {
			name = "application"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := tokNewWorld(t)
			caller := tokApp(w.ours)
			if row.resource != "" {
				id := map[string]string{"SPACE": w.space, "TEMPLATE": w.first, "TASK": w.task}[row.resource]
				caller = tokBearer(w.ours, w.apply(t, row.resource, id, row.permission, row.user))
			}
			cells := []rune(strings.ReplaceAll(row.cells, " ", ""))
			if len(cells) != len(tokProbes) {
				t.Fatalf("%d cells for %d probes", len(cells), len(tokProbes))
			}
			for i, probe := range tokProbes {
				want := words[cells[i]]
				var got string
				try := func() {
					a, field := probe.try(t, w, caller)
					got = tokOutcome(a, field)
				}
				if want == "yes" {
					try()
				} else {
					w.unchanged(t, try)
				}
				if got != want {
					t.Errorf("%s: %s, not %s", probe.name, got, want)
				}
			}
		})
	}
}

func TestATokenOfATaskLetsWatchThatTask(t *testing.T) {
	t.Parallel()
	w := tokNewWorld(t)
	caller := tokBearer(w.ours, w.apply(t, "TASK", w.sibling, "VIEW", "ann"))
	for _, probe := range tokProbes {
		if strings.HasPrefix(probe.name, "watch") {
			want := map[bool]string{true: "missing", false: "yes"}[strings.HasSuffix(probe.name, "elsewhere")]
			if a, field := probe.try(t, w, caller); tokOutcome(a, field) != want {
				t.Errorf("%s: %s, not %s", probe.name, tokOutcome(a, field), want)
			}
		}
	}
}
