package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"rehearse.dev/internal/task"
)

// chain is a template whose nodes stand in a line and are all mocked.
type chain struct {
	templateID int
	nodes      []string
	mock       task.MockParams
	input      string // of createMockTask, with a hole for the last digits of its name
}

// newChain makes a released template of so many nodes between its two events.
func (w *world) newChain(ctx context.Context, length int) (*chain, error) {
	type object = map[string]any
	flows, activities, outputs := object{}, object{}, object{}
	flowID := func(i int) string { return "f" + strconv.Itoa(i) }
	c := &chain{}
	for i := range length {
		id := "n" + strconv.Itoa(i)
		c.nodes = append(c.nodes, id)
		activities[id] = object{
			"id": id, "type": "ServiceActivity", "name": "step " + strconv.Itoa(i), "optional": true,
			"incoming": []string{flowID(i)}, "outgoing": flowID(i + 1),
			"component": object{"code": "uniform_api", "version": "v2.0.0", "data": object{
				"uniform_api_plugin_url":    object{"hook": false, "need_render": true, "value": "https://ci.example.com/steps/" + id},
				"uniform_api_plugin_method": object{"hook": false, "need_render": true, "value": "POST"},
			}},
		}
		outputs[id] = object{"build_no": strconv.Itoa(i)}
	}
	at := func(i int) string {
		switch {
		case i < 0:
			return "start"
		case i == length:
			return "end"
		default:
			return c.nodes[i]
		}
	}
	for i := range length + 1 {
		flows[flowID(i)] = object{"id": flowID(i), "is_default": false, "source": at(i - 1), "target": at(i)}
	}
	document, err := json.Marshal(object{
		"start_event": object{"id": "start", "name": "", "type": "EmptyStartEvent", "incoming": "", "outgoing": flowID(0)},
		"end_event":   object{"id": "end", "name": "", "type": "EmptyEndEvent", "incoming": []string{flowID(length)}, "outgoing": ""},
		"activities":  activities, "gateways": object{}, "flows": flows, "constants": object{}, "outputs": []string{},
	})
	if err != nil {
		return nil, err
	}
	if c.templateID, err = w.release(ctx, fmt.Sprintf("%d steps", length), document); err != nil {
		return nil, err
	}
	c.mock.Nodes = c.nodes
	if c.mock.Outputs, err = json.Marshal(outputs); err != nil {
		return nil, err
	}
	input, err := json.Marshal(object{"input": object{
		"templateId": strconv.Itoa(c.templateID), "name": "debug run " + hole, "creator": "bench", "start": true,
		"mockData": object{"nodes": c.nodes, "outputs": outputs},
	}})
	c.input = string(input)
	return c, err
}

// length is how many nodes a run of the chain executes, its two events among them.
func (c *chain) length() int { return len(c.nodes) + 2 }

// createChain makes a task of the chain, and runs it to its end when it is started.
func (w *world) createChain(ctx context.Context, c *chain, start bool) (int, error) {
	made, err := w.app.Tasks.CreateMock(ctx, w.caller, task.CreateParams{
		TemplateID: strconv.Itoa(c.templateID), Name: "debug run 00000000000", Creator: "bench", Start: start, Mock: c.mock,
	})
	return made.TaskID, err
}

// inTwo makes a task of the chain first and starts it then.
func (w *world) inTwo(ctx context.Context, c *chain) (int, error) {
	id, err := w.createChain(ctx, c, false)
	if err != nil {
		return 0, err
	}
	return w.app.Runs.StartTask(ctx, w.caller, strconv.Itoa(id), "")
}
