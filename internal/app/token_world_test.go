package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/auth"
)

// tokWorld is a server with what tokens can be for: two spaces of one app, the
// first with two templates, and tasks of all of them.
type tokWorld struct {
	*server
	space, otherSpace        string
	first, second, elsewhere string // templates; the last one is in the other space
	preset, scheme           string // of the first template
	tree                     json.RawMessage
	// task and sibling are mock tasks of the first template, cousin is one of the
	// second and far one of the template elsewhere; plain is a task of the first
	// template that createMockTask did not make.
	// sibling and far have run to their end.
	task, sibling, cousin, far, plain string
}

func tokNewWorld(t *testing.T) *tokWorld {
	t.Helper()
	s := newServer(t)
	w := &tokWorld{server: s, space: s.ours.space, tree: order(t)}
	w.first = s.ours.template(t, w.tree, vars{"name": "first"})
	w.second = s.ours.template(t, w.tree, vars{"name": "second"})
	w.otherSpace = s.ours.newSpace(t, "other")
	w.elsewhere = s.ours.template(t, w.tree, vars{"name": "elsewhere", "spaceId": w.otherSpace})
	node := ""
	for _, n := range list(s.ours.query(t, `query($id: ID!) { template(id: $id) { nodes { id activity { pluginCode } } } }`,
		vars{"id": w.first}), "template.nodes") {
		if at(n, "activity") != nil {
			node = text(n, "id")
		}
	}
	w.preset = s.ours.preset(t, w.first, node, `{"state": "paid"}`)
	w.scheme = text(s.ours.change(t, "createMockScheme", "CreateMockSchemeInput", "scheme { id }", vars{
		"templateId": w.first, "name": "a scheme", "choices": []vars{{"nodeId": node}},
	}), "scheme.id")
	w.task, w.sibling = w.newTask(t, w.first), w.newTask(t, w.first)
	w.cousin, w.far = w.newTask(t, w.second), w.newTask(t, w.elsewhere)
	w.plain = w.newPlainTask(t)
	for _, id := range []string{w.sibling, w.far} {
		w.ours.change(t, "startTask", "StartTaskInput", "task { id }", vars{"id": id})
	}
	return w
}

func (w *tokWorld) newTask(t *testing.T, template string) string {
	t.Helper()
	return text(w.ours.change(t, "createMockTask", "CreateMockTaskInput", "task { id }", input(template, paid("paid"))), "task.id")
}

// newPlainTask writes a task that has another create method; no mutation makes one.
func (w *tokWorld) newPlainTask(t *testing.T) string {
	t.Helper()
	var id int
	err := w.store.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		like, err := tx.Task.Get(ctx, number(t, w.task))
		if err != nil {
			return err
		}
		row, err := tx.Task.Create().
			SetAppID(like.AppID).SetSpaceID(like.SpaceID).SetTemplateID(like.TemplateID).
			SetInstanceID("0123456789abcdef0123456789abcdef").SetName("plain").SetCreator("me").
			SetCreateMethod(enttask.CreateMethodAPI).SetTriggerMethod(enttask.TriggerMethodAPI).
			SetCreateTime(like.CreateTime).SetSnapshotID(like.SnapshotID).SetExecutionSnapshotID(like.ExecutionSnapshotID).
			SetExtraInfo(like.ExtraInfo).Save(ctx)
		if err != nil {
			return err
		}
		id = row.ID
		return tx.TaskMock.Create().SetTaskID(id).SetNodes(raw(`[]`)).SetOutputs(raw(`{}`)).
			SetPresetIds(raw(`{}`)).SetFailures(raw(`{}`)).Exec(ctx)
	})
	fatal(t, err)
	return strconv.Itoa(id)
}

// tokCaller calls with what the function puts into the header of a request.
type tokCaller struct {
	*client
	set func(*http.Request)
}

func (c *tokCaller) ask(t testing.TB, document string, variables vars) *answer {
	t.Helper()
	body, err := json.Marshal(vars{"query": document, "variables": variables})
	fatal(t, err)
	return c.send(t, body, c.set)
}

// tokBearer is a caller with a token.
func tokBearer(c *client, token string) *tokCaller {
	return &tokCaller{client: c, set: func(r *http.Request) {
		r.Header.Del(auth.AppHeader)
		r.Header.Set(auth.TokenHeader, "Bearer "+token)
	}}
}

// tokApp is the application itself.
func tokApp(c *client) *tokCaller { return &tokCaller{client: c, set: func(*http.Request) {}} }

// apply makes a token, which has to succeed.
func (w *tokWorld) apply(t testing.TB, resource, id, permission, user string) string {
	t.Helper()
	return text(w.ours.change(t, "applyToken", "ApplyTokenInput", "token expireTime", vars{
		"resourceType": resource, "resourceId": id, "permission": permission, "user": user,
	}), "token")
}

// bearer is apply and a caller with the token.
func (w *tokWorld) bearer(t testing.TB, resource, id, permission string) *tokCaller {
	t.Helper()
	return tokBearer(w.ours, w.apply(t, resource, id, permission, "ann"))
}

// outcome tells what became of a request by its first field: yes, forbidden,
// missing, or what else there was.
func tokOutcome(a *answer, field string) string {
	if found := topLevel(a); len(found) > 0 {
		switch {
		case strings.HasPrefix(found[0], "!FORBIDDEN"):
			return "forbidden"
		case strings.HasPrefix(found[0], "!NOT_FOUND"):
			return "missing"
		}
		return found[0]
	}
	if a.status != http.StatusOK {
		return string(a.body)
	}
	switch problems := problemsAt(a.data, field+".userErrors"); {
	case at(a.data, field) == nil:
		return "missing"
	case len(problems) == 0:
		return "yes"
	case len(problems) == 1 && strings.HasPrefix(problems[0], "NOT_FOUND"):
		return "missing"
	case len(problems) == 1 && strings.HasPrefix(problems[0], "WRONG_STATE"):
		return "yes"
	default:
		return asJSON(problems)
	}
}
