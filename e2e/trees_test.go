package e2e

import (
	"fmt"
	"strconv"
	"testing"
)

// node is an activity of a tree that a story builds.
type node struct {
	id, plugin, version string
	inputs              map[string]any
	// retries is how often the node is retried by itself.
	retries int
}

// tree is the web form of a tree: activities, gateways by id, and the flows between
// them as pairs of ids, from "start" to "end".
func tree(nodes []node, gateways map[string]string, pairs ...[2]string) map[string]any {
	flows, in, out := map[string]any{}, map[string][]string{}, map[string][]string{}
	for i, p := range pairs {
		id := fmt.Sprintf("f%d", i)
		flows[id] = map[string]any{"id": id, "source": p[0], "target": p[1], "is_default": false}
		out[p[0]], in[p[1]] = append(out[p[0]], id), append(in[p[1]], id)
	}
	activities, gates := map[string]any{}, map[string]any{}
	for _, n := range nodes {
		data := map[string]any{}
		for key, v := range n.inputs {
			data[key] = map[string]any{"hook": false, "need_render": true, "value": v}
		}
		activities[n.id] = map[string]any{
			"id": n.id, "type": "ServiceActivity", "name": n.id, "optional": true, "incoming": in[n.id], "outgoing": out[n.id][0],
			"error_ignorable": false, "skippable": true, "retryable": true,
			"auto_retry":     map[string]any{"enable": n.retries > 0, "interval": 0, "times": max(n.retries, 1)},
			"timeout_config": map[string]any{"enable": false, "seconds": 10, "action": "forced_fail"},
			"component":      map[string]any{"code": n.plugin, "version": n.version, "data": data},
		}
	}
	for id, kind := range gateways {
		gate := map[string]any{"id": id, "type": kind, "name": "", "incoming": in[id], "outgoing": out[id]}
		if kind == "ConvergeGateway" {
			gate["outgoing"] = out[id][0]
		}
		gates[id] = gate
	}
	return map[string]any{
		"start_event": map[string]any{"id": "start", "name": "", "type": "EmptyStartEvent", "incoming": "", "outgoing": out["start"][0]},
		"end_event":   map[string]any{"id": "end", "name": "", "type": "EmptyEndEvent", "incoming": in["end"], "outgoing": ""},
		"activities":  activities, "gateways": gates, "flows": flows, "constants": map[string]any{}, "outputs": []string{},
		"line": []any{}, "location": []any{},
	}
}

// path are the flows from each node to the next one.
func path(ids ...string) (pairs [][2]string) {
	for i := 1; i < len(ids); i++ {
		pairs = append(pairs, [2]string{ids[i-1], ids[i]})
	}
	return pairs
}

// triggering is a node that calls the host once.
func (h *apiHost) triggering(id, version string) node {
	return node{id: id, plugin: "uniform_api", version: version, inputs: map[string]any{
		"uniform_api_plugin_url": h.url + "/trigger", "uniform_api_plugin_method": "POST", "word": "hello",
	}}
}

// polling is a node that calls the host once and then asks how it goes.
func (h *apiHost) polling(id, version string) node {
	n := h.triggering(id, version)
	n.inputs["response_data_path"] = "data"
	n.inputs["uniform_api_plugin_polling"] = map[string]any{
		"url": h.url + "/poll", "task_tag_key": "job",
		"success_tag": map[string]any{"key": "state", "value": "done", "data_key": "data"},
		"fail_tag":    map[string]any{"key": "state", "value": "lost"},
		"running_tag": map[string]any{"key": "state", "value": "running"},
	}
	return n
}

// requesting is a node that calls the host by bk_http_request.
func (h *apiHost) requesting(id string) node {
	return node{id: id, plugin: "bk_http_request", version: "v1.0", inputs: map[string]any{
		"bk_http_request_method": "POST", "bk_http_request_url": h.url + "/trigger",
		"bk_http_request_body": `{"task": "${_system.task_id}", "node": "` + id + `"}`, "bk_http_request_header": []any{},
		"bk_http_timeout": 20, "bk_http_success_exp": "resp.result == True",
	}}
}

// sleeping is a node that sleeps for a second.
func sleeping(id string) node { return sleepingFor(id, 1) }

func sleepingFor(id string, seconds int) node {
	return node{id: id, plugin: "sleep_timer", version: "legacy", inputs: map[string]any{"bk_timing": strconv.Itoa(seconds), "force_check": true}}
}

// waiting is a node that waits for a callback.
func waiting(id string) node {
	return node{id: id, plugin: "pause_node", version: "legacy", inputs: map[string]any{"description": "until somebody calls back"}}
}

// makeTemplate makes a template whose draft is the tree.
func makeTemplate(t *testing.T, s *server, space, name string, tree any) string {
	t.Helper()
	p := query[struct {
		CreateTemplate struct {
			Template             *struct{ ID string }
			Warnings, UserErrors []userError
		}
	}](t, s, `mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) {
	  template { id } warnings { code message field } userErrors { code message field } } }`,
		map[string]any{"input": map[string]any{"spaceId": space, "name": name, "pipelineTree": tree}}).CreateTemplate
	if p.Template == nil || len(p.Warnings)+len(p.UserErrors) > 0 {
		t.Fatalf("template %s: %+v", name, p)
	}
	return p.Template.ID
}

// firstSpace is the demo's space.
func firstSpace(t *testing.T, s *server) string {
	t.Helper()
	return query[struct {
		Viewer struct{ Spaces []struct{ ID string } }
	}](t, s, `{ viewer { spaces { id } } }`, nil).Viewer.Spaces[0].ID
}

// setCredential gives the space a credential that its nodes call with.
func setCredential(t *testing.T, s *server, space string) {
	t.Helper()
	p := query[map[string]struct{ UserErrors []userError }](t, s, `mutation ($c: CreateCredentialInput!, $s: SetSpaceConfigInput!) {
	  createCredential(input: $c) { userErrors { code message field } } setSpaceConfig(input: $s) { userErrors { code message field } } }`,
		map[string]any{
			"c": map[string]any{"spaceId": space, "name": "caller", "type": "BK_APP", "content": map[string]any{"bk_app_code": "story", "bk_app_secret": "a story's secret"}},
			"s": map[string]any{"spaceId": space, "apiGatewayCredentialName": "caller"},
		})
	for name, payload := range p {
		if len(payload.UserErrors) > 0 {
			t.Fatalf("%s: %+v", name, payload.UserErrors)
		}
	}
}
