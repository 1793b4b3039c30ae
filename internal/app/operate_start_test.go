package app_test

import (
	"strings"
	"sync"
	"testing"
)

// paid is mock data for testdata/order.json.
func paid(state string) vars {
	return vars{"mockData": vars{"nodes": []string{"nfetch"}, "outputs": vars{"nfetch": vars{"state": state}}}}
}

func TestAMockedTaskRunsInTheAnswer(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id := c.made(t, order(t), paid("paid"))
	task := c.operate(t, "startTask", vars{"id": id, "operator": "ann"})
	looks(t, task, "FINISHED FINISHED FINISHED READY", "nfetch", "ntell", "nsub")
	same(t, task, "executor", `"ann"`)
	same(t, task, "realCalls", `0`) // domain row 101
	same(t, node(task, "npaid"), "decision.taken", `["l3"]`)
	if at(task, "finishTime") == nil || at(task, "treeInfoId") == nil {
		t.Errorf("%s", asJSON(task))
	}
	t.Run("the user of the call is the operator", func(t *testing.T) {
		_, task := c.started(t, order(t), paid("not"))
		looks(t, task, "FINISHED FINISHED READY FINISHED", "nfetch", "ntell", "nsub/inner")
		same(t, task, "executor", `"ours-user"`)
	})
	t.Run("an ended task can be deleted, a running one cannot", func(t *testing.T) {
		c.change(t, "deleteTask", "DeleteTaskInput", "deletedId", vars{"id": id})
		c.operate(t, "startTask", vars{"id": id}, "NOT_FOUND input.id")
		running, _ := c.started(t, row(x, "", waiting("a")))
		payload := c.query(t, `mutation($in: DeleteTaskInput!) { deleteTask(input: $in) { userErrors`+problemFields+` } }`, vars{"in": vars{"id": running}})
		equalProblems(t, "delete", problemsAt(payload, "deleteTask.userErrors"), []string{"WRONG_STATE input.id"})
	})
}

func TestStartsAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	done, _ := c.started(t, order(t), paid("paid"))
	waits, _ := c.started(t, row(x, "", waiting("a")))
	fresh := c.made(t, order(t), paid("paid"))
	foreign := s.theirs.made(t, order(t), paid("paid"))
	for name, test := range map[string]struct {
		in   vars
		want []string
	}{
		"unknown":           {vars{"id": "99999"}, []string{"NOT_FOUND input.id"}},
		"no number":         {vars{"id": "abc"}, []string{"NOT_FOUND input.id"}},
		"of another app":    {vars{"id": foreign}, []string{"NOT_FOUND input.id"}},
		"finished":          {vars{"id": done}, []string{"WRONG_STATE input.id"}},
		"running":           {vars{"id": waits}, []string{"WRONG_STATE input.id"}},
		"a long operator":   {vars{"id": fresh, "operator": strings.Repeat("键", 33)}, []string{"TOO_LONG input.operator"}},
		"both":              {vars{"id": "99999", "operator": strings.Repeat("k", 33)}, []string{"NOT_FOUND input.id", "TOO_LONG input.operator"}},
		"started, and long": {vars{"id": done, "operator": strings.Repeat("k", 33)}, []string{"WRONG_STATE input.id", "TOO_LONG input.operator"}},
	} {
		t.Run(name, func(t *testing.T) { c.operate(t, "startTask", test.in, test.want...) })
	}
	missing := text(c.operate(t, "startTask", vars{"id": "99999"}, "NOT_FOUND input.id"), "userErrors.0.message")
	other := text(c.operate(t, "startTask", vars{"id": foreign}, "NOT_FOUND input.id"), "userErrors.0.message")
	if strings.ReplaceAll(missing, "99999", "") != strings.ReplaceAll(other, foreign, "") {
		t.Errorf("%q tells more than %q", other, missing)
	}
	looks(t, c.operate(t, "startTask", vars{"id": fresh, "operator": strings.Repeat("键", 32)}), "FINISHED")
}

// Domain row 100.
func TestOneOfManyStartsWins(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id := c.made(t, row(x, "", waiting("a")))
	answers := make([]*answer, 20)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i] = c.ask(t, operateDocument("startTask"), vars{"in": vars{"id": id}}) })
	}
	group.Wait()
	won := 0
	for _, a := range answers {
		if at(a.data, "startTask.task") != nil {
			won++
			continue
		}
		equalProblems(t, "a slower start", problemsAt(a.data, "startTask.userErrors"), []string{"WRONG_STATE input.id"})
	}
	if records := c.records(t, id); won != 1 || len(records) != 1 {
		t.Errorf("%d have won, and the records are %q", won, records)
	}
}

const startedDocument = `mutation($input: CreateMockTaskInput!) {
  createMockTask(input: $input) { task { ...R } userErrors` + problemFields + ` } }` + runFields

func TestTasksAreMadeAndStarted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))
	send := func(t *testing.T, in vars) any {
		t.Helper()
		return at(c.query(t, startedDocument, vars{"input": in}), "createMockTask")
	}
	refusal := func(t *testing.T, in vars, want ...string) {
		t.Helper()
		s.unchanged(t, func() {
			payload := send(t, in)
			equalProblems(t, "problems", problemsAt(payload, "userErrors"), want)
			same(t, payload, "task", `null`)
		})
	}
	in := func(more ...vars) vars { return input(id, append([]vars{paid("paid"), {"start": true}}, more...)...) }
	t.Run("a mocked one is finished in the answer", func(t *testing.T) {
		task := at(send(t, in(vars{"creator": "ann"})), "task")
		looks(t, task, "FINISHED FINISHED READY", "ntell", "nsub")
		same(t, task, "executor", `"ann"`)
		if got := c.records(t, text(task, "id")); strings.Join(got, ",") != "START ann" {
			t.Errorf("records %q", got)
		}
		c.operate(t, "startTask", vars{"id": text(task, "id")}, "WRONG_STATE input.id")
	})
	t.Run("a replay answers with the same task and starts nothing", func(t *testing.T) {
		first := at(send(t, in(vars{"idempotencyKey": "a"})), "task")
		s.unchanged(t, func() {
			again := at(send(t, in(vars{"idempotencyKey": "a"})), "task")
			if text(again, "id") != text(first, "id") || text(again, "state") != "FINISHED" {
				t.Errorf("%s, then %s", asJSON(first), asJSON(again))
			}
		})
	})
	t.Run("start is part of what a key stands for", func(t *testing.T) {
		refusal(t, in(vars{"idempotencyKey": "a", "start": false}), "CONFLICT input.idempotencyKey")
		send(t, in(vars{"idempotencyKey": "b", "start": false}))
		refusal(t, in(vars{"idempotencyKey": "b"}), "CONFLICT input.idempotencyKey")
	})
	t.Run("problems of the input come before the start", func(t *testing.T) {
		refusal(t, in(vars{"name": " "}), "BLANK input.name")
	})
	// Domain row 83.
	t.Run("a tree that cannot start is refused", func(t *testing.T) {
		tree := row(x, "", asking("a", `"auto_retry": {"enable": true, "times": 1, "interval": 1}`, `"timeout_config": {"enable": true, "seconds": 5, "action": "forced_fail"}`))
		id := c.template(t, tree)
		refusal(t, input(id, vars{"start": true}), "INVALID_PIPELINE/INVALID_TREE input.templateId @a")
		refusal(t, input(id), "INVALID_PIPELINE/INVALID_TREE input.templateId @a")
	})
}
