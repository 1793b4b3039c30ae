package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"rehearse.dev/internal/task"
)

const (
	createQuery = `mutation Create($input: CreateMockTaskInput!) { createMockTask(input: $input) ` +
		`{ task { id instanceId state createTime } warnings { code message } userErrors { code message field } } }`
	createInput = `{"input": {"templateId": "%s", "name": "debug run", "creator": "bench", ` +
		`"mockData": {"nodes": ["build", "check"], "outputs": {"build": {"build_no": "7"}, "check": {"health": "good"}}}%s}}`
	// created is what the answer holds when nothing was wrong.
	created = `"userErrors":[]`
)

// burst is how many callers the slowest answers are measured with.
const burst = 64

const (
	createDemand = "http must be 40 % of raw transactions, in process 70 %, in at most 8 statements"
	burstDemand  = "the p99 over http must be under 300 ms"
)

// create makes tasks that change nothing of their tree. Templates take turns.
func (w *world) create(ctx context.Context) (scenario, error) {
	r, err := w.request(createQuery, fmt.Sprintf(createInput, hole, ""))
	if err != nil {
		return scenario{}, err
	}
	pick := func(n int) int { return w.templates[n%len(w.templates)] }
	probe := r.with(pick(0))
	raw, err := w.rawCreation(ctx, probe, false)
	return scenario{
		title: "createMockTask without overrides", demand: createDemand, probe: &probe, world: w,
		sides: []side{
			overHTTP("http", w.addr, r, pick, created),
			inProcess("in process", func(n int) error { return w.createOnce(ctx, pick(n), nil) }),
			raw,
		},
	}, err
}

// override makes tasks with a start parameter that nobody has given before, so
// that each one has a tree of its own to store.
func (w *world) override(ctx context.Context) (scenario, error) {
	const constants = `{"${branch}": "release/` + hole + `"}`
	r, err := w.request(createQuery, fmt.Sprintf(createInput, strconv.Itoa(w.templates[0]), `, "constants": `+constants))
	if err != nil {
		return scenario{}, err
	}
	fresh := func(int) int { return int(w.fresh.Add(1)) }
	probe := r.with(fresh(0))
	raw, err := w.rawCreation(ctx, probe, true)
	return scenario{
		title: "createMockTask with a start parameter, a new tree each time", demand: createDemand, probe: &probe, world: w,
		sides: []side{
			overHTTP("http", w.addr, r, fresh, created),
			inProcess("in process", func(n int) error {
				given := json.RawMessage(fmt.Sprintf(`{"${branch}": "release/%011d"}`, fresh(n)))
				return w.createOnce(ctx, w.templates[0], given)
			}),
			raw,
		},
	}, err
}

// burst is create with more callers than there will be.
func (w *world) burst(ctx context.Context) (scenario, error) {
	s, err := w.create(ctx)
	if err != nil {
		return s, err
	}
	s.title, s.demand = fmt.Sprintf("createMockTask for %d callers at once", burst), burstDemand
	s.sides = []side{s.sides[0], s.sides[2]}
	for i := range s.sides {
		s.sides[i].workers = burst
	}
	return s, nil
}

func (w *world) createOnce(ctx context.Context, templateID int, constants json.RawMessage) error {
	_, err := w.app.Tasks.CreateMock(ctx, w.caller, task.CreateParams{
		TemplateID: strconv.Itoa(templateID), Name: "debug run", Creator: "bench", Constants: constants,
		Mock: task.MockParams{Nodes: []string{"build", "check"}, Outputs: mockOutputs},
	})
	return err
}

// rawCreation is the side that writes the rows of a task that the server makes
// from the request, again and again.
func (w *world) rawCreation(ctx context.Context, r request, withTree bool) (side, error) {
	var answer struct {
		Data struct {
			CreateMockTask struct{ Task struct{ ID string } }
		}
	}
	body, _, err := w.ask(ctx, r)
	if err != nil {
		return side{}, err
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return side{}, err
	}
	id, err := strconv.Atoi(answer.Data.CreateMockTask.Task.ID)
	if err != nil {
		return side{}, fmt.Errorf("no task was made: %s", body)
	}
	rows, err := w.base.model(ctx, id)
	if err != nil {
		return side{}, err
	}
	return inProcess("raw transactions", func(int) error {
		_, err := w.base.writer.repeat(ctx, rows, withTree)
		return err
	}), nil
}
