package app_test

import (
	"testing"
)

// Rows 45 to 53 of the edge cases (domain §7): start parameters.

func TestRowsOfConstants(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))
	with := func(constants string) vars { return input(id, vars{"constants": raw(constants)}) }

	t.Run("45 unknown key is a warning", func(t *testing.T) {
		task := c.create(t, with(`{"${nobody}": 1, "${order_no}": "X"}`), "UNKNOWN_CONSTANT input.constants.${nobody}")
		same(t, task, "task.parameters", `{"${order_no}":"X","${hidden}":"h","${region}":"north","${greeting}":"hello ${order_no}","${order_state}":""}`)
	})
	t.Run("46 bare name is a warning", func(t *testing.T) {
		task := c.create(t, with(`{"order_no": "X"}`), "UNKNOWN_CONSTANT input.constants.order_no")
		same(t, task, "task.parameters.${order_no}", `"A-1"`)
	})
	t.Run("47 hidden constant is overridden", func(t *testing.T) {
		same(t, c.create(t, with(`{"${hidden}": {"a": [1]}}`)), "task.parameters.${hidden}", `{"a":[1]}`)
	})
	t.Run("48 constant bound to outputs is overridden", func(t *testing.T) {
		same(t, c.create(t, with(`{"${order_state}": "open"}`)), "task.parameters.${order_state}", `"open"`)
	})
	t.Run("49 null value", func(t *testing.T) {
		same(t, c.create(t, with(`{"${hidden}": null}`)), "task.parameters.${hidden}", `null`)
	})
	t.Run("50 constants is a list, a text, a number", func(t *testing.T) {
		for _, wrong := range []string{`[]`, `["${order_no}"]`, `"x"`, `5`, `false`} {
			c.refused(t, with(wrong), "WRONG_TYPE input.constants")
		}
		c.create(t, with(`{}`))
	})
	t.Run("51 a value that cannot be rendered", func(t *testing.T) {
		c.refused(t, with(`{"${order_no}": "${greeting}"}`), "INVALID_PIPELINE/VARIABLE input.constants", "INVALID_PIPELINE/VARIABLE input.constants")
		same(t, c.create(t, with(`{"${order_no}": "${hidden}"}`)), "task.parameters.${order_no}", `"${hidden}"`)
	})
	t.Run("52 is_meta keeps the old constant", func(t *testing.T) {
		task := c.create(t, with(`{"${region}": "south"}`))
		constant := at(task, "task.executionSnapshot.pipelineTree.constants.${region}")
		same(t, constant, "value", `"south"`)
		same(t, constant, "meta.value", `"north"`)
		same(t, constant, "meta.key", `"${region}"`)
		plain := c.create(t, with(`{"${hidden}": "x"}`))
		if at(plain, "task.executionSnapshot.pipelineTree.constants.${hidden}.meta") != nil {
			t.Error("a plain constant has a meta")
		}
	})
	t.Run("53 the template stays as it is", func(t *testing.T) {
		const tree = `query($id: ID!) { template(id: $id) { pipelineTree draft { snapshotId } } }`
		before := asJSON(c.query(t, tree, vars{"id": id}))
		task := at(c.create(t, with(`{"${order_no}": "Z-9", "${region}": "west"}`)), "task")
		if text(task, "snapshotId") == text(task, "executionSnapshotId") {
			t.Error("the override made no tree of its own")
		}
		if after := asJSON(c.query(t, tree, vars{"id": id})); after != before {
			t.Errorf("the template changed:\n%s\n%s", before, after)
		}
	})
	t.Run("numbers keep their spelling", func(t *testing.T) {
		a := c.ask(t, createDocument, vars{"input": with(`{"${hidden}": 1.50}`)})
		same(t, a.data, "createMockTask.task.parameters.${hidden}", `1.50`)
	})
	t.Run("span attributes are kept", func(t *testing.T) {
		task := c.create(t, input(id, vars{"customSpanAttributes": raw(`{"team": "a"}`)}))
		same(t, task, "task.extraInfo.customContext", `{"customSpanAttributes":{"team":"a"}}`)
		c.refused(t, input(id, vars{"customSpanAttributes": raw(`[1]`)}), "WRONG_TYPE input.customSpanAttributes")
	})
}
