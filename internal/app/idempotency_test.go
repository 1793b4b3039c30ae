package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))
	send := func(t *testing.T, c *client, key string, more ...vars) *answer {
		t.Helper()
		in := input(id, append(more, vars{"idempotencyKey": key})...)
		a := c.ask(t, createDocument, vars{"input": in})
		if len(a.errors) > 0 {
			t.Fatalf("%s", a.body)
		}
		return a
	}
	task := func(t *testing.T, a *answer) string {
		t.Helper()
		equalProblems(t, "problems", problemsAt(a.data, "createMockTask.userErrors"), nil)
		return text(a.data, "createMockTask.task.id")
	}
	conflict := func(t *testing.T, a *answer) {
		t.Helper()
		equalProblems(t, "problems", problemsAt(a.data, "createMockTask.userErrors"), []string{"CONFLICT input.idempotencyKey"})
		same(t, a.data, "createMockTask.task", `null`)
	}

	t.Run("the same input gives the same task", func(t *testing.T) {
		first := task(t, send(t, c, "a"))
		s.unchanged(t, func() {
			if again := task(t, send(t, c, "a")); again != first || first == "" {
				t.Errorf("task %s, then %s", first, again)
			}
			if again := task(t, send(t, c, " a ", vars{"name": "  try "})); again != first {
				t.Errorf("white space makes task %s", again)
			}
		})
	})
	t.Run("the order of keys does not matter", func(t *testing.T) {
		first := task(t, send(t, c, "b", vars{
			"constants":   raw(`{"${order_no}": {"a": 1, "b": [1, {"c": 2, "d": 3}]}, "${region}": "x"}`),
			"credentials": raw(`{"k": "` + encode(goodCredential) + `", "l": "` + encode(goodCredential) + `"}`),
			"mockData":    vars{"nodes": []string{"nfetch"}, "outputs": raw(`{"nfetch": {"a": 1, "b": 2}}`)},
		}))
		s.unchanged(t, func() {
			again := task(t, send(t, c, "b", vars{
				"constants":   raw(` { "${region}":"x", "${order_no}": {"b": [1, {"d": 3, "c": 2}], "a": 1}}`),
				"credentials": raw(`{"l": "` + encode(goodCredential) + `", "k": "` + encode(goodCredential) + `"}`),
				"mockData":    vars{"nodes": []string{"nfetch"}, "outputs": raw(`{"nfetch": {"b": 2, "a": 1}}`)},
			}))
			if again != first {
				t.Errorf("task %s, then %s", first, again)
			}
		})
	})
	t.Run("another input is a conflict", func(t *testing.T) {
		send(t, c, "c")
		s.unchanged(t, func() {
			for _, more := range []vars{
				{"name": "other"}, {"creator": "other"}, {"description": "x"}, {"constants": raw(`{"${order_no}": 1}`)},
				{"credentials": vars{"k": encode(goodCredential)}}, {"mockData": vars{"nodes": []string{"nfetch"}}},
				{"templateId": "1"}, {"customSpanAttributes": raw(`{"a": 1}`)},
			} {
				conflict(t, send(t, c, "c", more))
			}
		})
	})
	t.Run("a deleted task is a conflict", func(t *testing.T) {
		first := task(t, send(t, c, "d"))
		c.change(t, "deleteTask", "DeleteTaskInput", "deletedId", vars{"id": first})
		s.unchanged(t, func() { conflict(t, send(t, c, "d")) })
	})
	t.Run("a refused input does not use the key up", func(t *testing.T) {
		a := send(t, c, "e", vars{"mockData": vars{"nodes": []string{"ghost"}}})
		equalProblems(t, "problems", problemsAt(a.data, "createMockTask.userErrors"), []string{"UNKNOWN_NODE input.mockData.nodes.0 @ghost"})
		task(t, send(t, c, "e"))
	})
	t.Run("the preview does not look at it", func(t *testing.T) {
		send(t, c, "f")
		data := c.query(t, previewDocument, vars{"input": input(id, vars{"idempotencyKey": "f", "name": "other"})})
		equalProblems(t, "problems", problemsAt(data, "previewMockTask.userErrors"), nil)
	})
	t.Run("length", func(t *testing.T) {
		task(t, send(t, c, strings.Repeat("k", 128)))
		task(t, send(t, c, strings.Repeat("键", 128)))
		c.refused(t, input(id, vars{"idempotencyKey": strings.Repeat("键", 129)}), "TOO_LONG input.idempotencyKey")
		c.refused(t, input(id, vars{"idempotencyKey": " "}), "BLANK input.idempotencyKey")
	})
	t.Run("apps do not share keys", func(t *testing.T) {
		first := task(t, send(t, c, "g"))
		theirs := s.theirs.template(t, order(t))
		if other := text(s.theirs.create(t, input(theirs, vars{"idempotencyKey": "g"})), "task.id"); other == first {
			t.Error("two apps got one task")
		}
	})
	t.Run("a superuser who asks again gets the first task", func(t *testing.T) {
		first := task(t, send(t, s.root, "h"))
		s.unchanged(t, func() {
			if again := task(t, send(t, s.root, "h")); again != first {
				t.Errorf("task %s, then %s", first, again)
			}
			conflict(t, send(t, s.root, "h", vars{"name": "other"}))
		})
	})
	t.Run("sixteen at once make one task", func(t *testing.T) {
		before := s.rows(t)["tasks"]
		body, err := json.Marshal(map[string]any{"query": createDocument, "variables": vars{"input": input(id, vars{
			"idempotencyKey": "parallel", "constants": raw(`{"${order_no}": "parallel"}`)})}})
		fatal(t, err)
		var group sync.WaitGroup
		answers := make([]*answer, 16)
		for i := range answers {
			group.Go(func() { answers[i] = c.send(t, body) })
		}
		group.Wait()
		seen := map[string]int{}
		for _, a := range answers {
			seen[fmt.Sprint(task(t, a))]++
		}
		if len(seen) != 1 || s.rows(t)["tasks"] != before+1 {
			t.Errorf("answers %v, %d new tasks", seen, s.rows(t)["tasks"]-before)
		}
	})
}
