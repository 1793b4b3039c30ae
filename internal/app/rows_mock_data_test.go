package app_test

import (
	"testing"
)

// Rows 19 to 44 of the edge cases (domain §7): what is mocked.

// mock is an input with mock data: the JSON of each part, "" for none.
func mock(template, nodes, outputs, presets string) vars {
	data := vars{}
	for part, text := range map[string]string{"nodes": nodes, "outputs": outputs, "mockDataIds": presets} {
		if text != "" {
			data[part] = raw(text)
		}
	}
	return input(template, vars{"mockData": data})
}

func TestRowsOfPresets(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))
	paid := c.preset(t, id, "nfetch", `{"state": "paid", "n": 1.50}`)
	told := c.preset(t, id, "ntell", `{}`)

	t.Run("19 preset fills outputs in", func(t *testing.T) {
		task := c.create(t, mock(id, `["nfetch"]`, `{}`, `{"nfetch": `+paid+`}`))
		same(t, task, "task.mock", `{"nodes":["nfetch"],"outputs":{"nfetch":{"state":"paid","n":1.50}},"mockDataIds":{"nfetch":`+paid+`},"failures":{}}`)
	})
	t.Run("20 outputs for another node switch the fill-in off", func(t *testing.T) {
		task := c.create(t, mock(id, `["nfetch","ntell"]`, `{"ntell": {"a": 1}}`, `{"nfetch": `+paid+`}`))
		same(t, task, "task.mock.outputs", `{"ntell":{"a":1}}`)
		same(t, task, "task.mock.mockDataIds", `{"nfetch":`+paid+`}`)
	})
	t.Run("21 preset for a node that is not mocked is recorded only", func(t *testing.T) {
		task := c.create(t, mock(id, `["ntell"]`, ``, `{"nfetch": `+paid+`}`), "INERT_OUTPUTS input.mockData.mockDataIds.nfetch @nfetch")
		same(t, task, "task.mock", `{"nodes":["ntell"],"outputs":{},"mockDataIds":{"nfetch":`+paid+`},"failures":{}}`)
	})
	t.Run("22 unknown preset for a node that is not mocked", func(t *testing.T) {
		task := c.create(t, mock(id, `[]`, ``, `{"nfetch": 99999}`), "INERT_OUTPUTS input.mockData.mockDataIds.nfetch @nfetch")
		same(t, task, "task.mock.mockDataIds", `{"nfetch":99999}`)
	})
	t.Run("23 unknown preset for a mocked node", func(t *testing.T) {
		c.refused(t, mock(id, `["nfetch","ntell"]`, ``, `{"nfetch": 99999, "ntell": 99998}`),
			"UNKNOWN_PRESET input.mockData.mockDataIds.nfetch @nfetch", "UNKNOWN_PRESET input.mockData.mockDataIds.ntell @ntell")
	})
	t.Run("24 preset of another template, also of another app", func(t *testing.T) {
		mine := c.preset(t, c.template(t, order(t)), "nfetch", `{}`)
		foreign := s.theirs.preset(t, s.theirs.template(t, order(t)), "nfetch", `{}`)
		for _, preset := range []string{mine, foreign} {
			c.refused(t, mock(id, `["nfetch"]`, ``, `{"nfetch": `+preset+`}`), "UNKNOWN_PRESET input.mockData.mockDataIds.nfetch @nfetch")
		}
	})
	t.Run("25 preset of another node is a warning", func(t *testing.T) {
		task := c.create(t, mock(id, `["nfetch"]`, ``, `{"nfetch": `+told+`}`), "PRESET_OF_OTHER_NODE input.mockData.mockDataIds.nfetch @nfetch")
		same(t, task, "task.mock.outputs", `{"nfetch":{}}`)
	})
	t.Run("26 preset id as text of a whole number", func(t *testing.T) {
		task := c.create(t, mock(id, `["nfetch"]`, ``, `{"nfetch": "`+paid+`"}`))
		same(t, task, "task.mock.outputs", `{"nfetch":{"state":"paid","n":1.50}}`)
		c.refused(t, mock(id, `["nfetch"]`, ``, `{"nfetch": "99999"}`), "UNKNOWN_PRESET input.mockData.mockDataIds.nfetch @nfetch")
	})
	t.Run("27 preset id as other text or list", func(t *testing.T) {
		for _, wrong := range []string{`"abc"`, `[1]`, `""`, `" 1"`, `"1.0"`, `"-1"`, `{}`, `null`, `"\""`} {
			c.refused(t, mock(id, `["nfetch"]`, ``, `{"nfetch": `+wrong+`}`), "WRONG_TYPE input.mockData.mockDataIds.nfetch @nfetch")
		}
	})
	t.Run("28 preset id true or 1.0", func(t *testing.T) {
		for _, wrong := range []string{`true`, `1.0`, `1e0`, `-1`} {
			c.refused(t, mock(id, `["nfetch"]`, ``, `{"nfetch": `+wrong+`}`), "WRONG_TYPE input.mockData.mockDataIds.nfetch @nfetch")
		}
	})
	t.Run("29 mockDataIds is not an object", func(t *testing.T) {
		for _, wrong := range []string{`[]`, `[1]`, `"x"`, `5`, `true`} {
			c.refused(t, mock(id, `["nfetch"]`, ``, wrong), "WRONG_TYPE input.mockData.mockDataIds")
		}
	})
	t.Run("30 unknown preset of an unknown template", func(t *testing.T) {
		c.refused(t, mock("99999", `["nfetch"]`, ``, `{"nfetch": 99999}`), "NOT_FOUND input.templateId")
	})
	t.Run("31 node without outputs and preset", func(t *testing.T) {
		same(t, c.create(t, mock(id, `["nfetch"]`, ``, ``)), "task.mock", `{"nodes":["nfetch"],"outputs":{},"mockDataIds":{},"failures":{}}`)
	})
	t.Run("41 preset data that is a list or null", func(t *testing.T) {
		for _, wrong := range []string{`[1]`, `null`, `"x"`, `5`} {
			s.unchanged(t, func() {
				a := c.ask(t, `mutation($input: CreateMockPresetInput!) { createMockPreset(input: $input) { preset { id } userErrors`+problemFields+` } }`,
					vars{"input": vars{"templateId": id, "nodeId": "nfetch", "name": "p", "outputs": raw(wrong)}})
				got := append(topLevel(a), problemsAt(a.data, "createMockPreset.userErrors")...)
				want := "WRONG_TYPE input.outputs"
				if wrong == "null" {
					want = "!GRAPHQL_VALIDATION_FAILED variable.input.outputs"
				}
				equalProblems(t, wrong, got, []string{want})
			})
		}
		// One that an older program has left behind.
		row, err := s.store.Write.MockPreset.Create().SetTemplateID(number(t, id)).SetNodeID("nfetch").SetName("old").SetOutputs(raw(`[1]`)).Save(t.Context())
		fatal(t, err)
		c.refused(t, mock(id, `["nfetch"]`, ``, `{"nfetch": `+asJSON(row.ID)+`}`), "WRONG_TYPE input.mockData.mockDataIds.nfetch @nfetch")
	})
}

func TestRowsOfMockedNodes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))

	t.Run("32 unknown ids are listed all at once, at their own places", func(t *testing.T) {
		c.refused(t, mock(id, `["ghost","nfetch","ghost","wraith"]`, ``, ``),
			"UNKNOWN_NODE input.mockData.nodes.0 @ghost", "UNKNOWN_NODE input.mockData.nodes.3 @wraith")
	})
	t.Run("33 gateways and events are no activities", func(t *testing.T) {
		c.refused(t, mock(id, `["npaid","nstart","nend"]`, `{"npaid": {}}`, ``),
			"NOT_AN_ACTIVITY input.mockData.nodes.0 @npaid", "NOT_AN_ACTIVITY input.mockData.nodes.1 @nstart",
			"NOT_AN_ACTIVITY input.mockData.nodes.2 @nend", "NOT_AN_ACTIVITY input.mockData.outputs.npaid @npaid")
	})
	t.Run("34 unknown id only in outputs", func(t *testing.T) {
		c.refused(t, mock(id, `["nfetch"]`, `{"ghost": {}}`, ``), "UNKNOWN_NODE input.mockData.outputs.ghost @ghost")
	})
	t.Run("35 outputs of a node that is not mocked are a warning", func(t *testing.T) {
		task := c.create(t, mock(id, `["ntell"]`, `{"nfetch": {"a": 1}}`, ``), "INERT_OUTPUTS input.mockData.outputs.nfetch @nfetch")
		same(t, task, "task.mock.outputs", `{"nfetch":{"a":1}}`)
	})
	t.Run("36 outputs is a list or text", func(t *testing.T) {
		for _, wrong := range []string{`[]`, `[1]`, `"x"`, `""`, `0`, `true`} {
			c.refused(t, mock(id, `["nfetch"]`, wrong, ``), "WRONG_TYPE input.mockData.outputs")
		}
	})
	t.Run("37 outputs of a node is a text", func(t *testing.T) {
		c.refused(t, mock(id, `["nfetch"]`, `{"nfetch": "x", "ntell": null}`, ``),
			"WRONG_TYPE input.mockData.outputs.nfetch @nfetch", "WRONG_TYPE input.mockData.outputs.ntell @ntell")
	})
	t.Run("38 repeated ids count once", func(t *testing.T) {
		same(t, c.create(t, mock(id, `["ntell","nfetch","ntell"]`, ``, ``)), "task.mock.nodes", `["ntell","nfetch"]`)
	})
	t.Run("39 a blank id, a number, a boolean, null", func(t *testing.T) {
		c.refused(t, mock(id, `["", 5, "  "]`, ``, ``),
			"BLANK input.mockData.nodes.0", "UNKNOWN_NODE input.mockData.nodes.1 @5", "BLANK input.mockData.nodes.2")
		c.refused(t, mock(id, `[true]`, ``, ``), "!GRAPHQL_VALIDATION_FAILED variable.input.mockData.nodes.0")
		c.refused(t, mock(id, `["nfetch", null]`, ``, ``), "!GRAPHQL_VALIDATION_FAILED variable.input.mockData.nodes.1")
	})
	t.Run("40 failures, and unknown fields", func(t *testing.T) {
		failing := func(failures string) vars {
			return input(id, vars{"mockData": vars{"nodes": []string{"nfetch"}, "failures": raw(failures)}})
		}
		same(t, c.create(t, failing(`{"nfetch": "no such order"}`)), "task.mock.failures", `{"nfetch":"no such order"}`)
		c.refused(t, failing(`{"ntell": "x"}`), "INVALID_VALUE input.mockData.failures.ntell @ntell")
		c.refused(t, failing(`{"nfetch": 5}`), "WRONG_TYPE input.mockData.failures.nfetch @nfetch")
		c.refused(t, failing(`["nfetch"]`), "WRONG_TYPE input.mockData.failures")
		for _, unknown := range []string{"fail_nodes", "errors"} {
			c.refused(t, input(id, vars{"mockData": vars{unknown: []string{}}}), "!GRAPHQL_VALIDATION_FAILED variable.input.mockData."+unknown)
		}
	})
	t.Run("42 a sub-process is mocked as a whole", func(t *testing.T) {
		same(t, c.create(t, mock(id, `["nsub"]`, `{"nsub": {"a": 1}}`, ``)), "task.mock.outputs", `{"nsub":{"a":1}}`)
	})
	t.Run("43 a node inside a sub-process", func(t *testing.T) {
		c.refused(t, mock(id, `["inner"]`, ``, ``), "UNKNOWN_NODE input.mockData.nodes.0 @inner")
	})
	t.Run("44 everything is stored in the template's own ids", func(t *testing.T) {
		preset := c.preset(t, id, "nfetch", `{"a": 1}`)
		task := at(c.create(t, mock(id, `["nfetch"]`, ``, `{"nfetch": `+preset+`}`)), "task")
		same(t, task, "mock", `{"nodes":["nfetch"],"outputs":{"nfetch":{"a":1}},"mockDataIds":{"nfetch":`+preset+`},"failures":{}}`)
		if text(task, "snapshotId") != text(task, "executionSnapshotId") {
			t.Error("the tree that runs is another one")
		}
	})
	t.Run("a scheme's nodes and presets are used, and blamed", func(t *testing.T) {
		preset := c.preset(t, id, "nfetch", `{"a": 1}`)
		scheme := text(c.change(t, "createMockScheme", "CreateMockSchemeInput", "scheme { id }", vars{
			"templateId": id, "name": "happy", "choices": []vars{{"nodeId": "nfetch", "presetId": preset}, {"nodeId": "ntell"}},
		}), "scheme.id")
		with := func(more vars) vars { more["schemeId"] = scheme; return input(id, vars{"mockData": more}) }
		same(t, c.create(t, with(vars{})), "task.mock",
			`{"nodes":["nfetch","ntell"],"outputs":{"nfetch":{"a":1}},"mockDataIds":{"nfetch":`+preset+`},"failures":{}}`)
		c.save(t, id, order(t, "nfetch", "nget"))
		c.refused(t, with(vars{"nodes": []string{"nget", "ghost"}}),
			"UNKNOWN_NODE input.mockData.nodes.1 @ghost", "UNKNOWN_NODE input.mockData.schemeId @nfetch")
		c.refused(t, input(id, vars{"mockData": vars{"schemeId": "99999"}}), "NOT_FOUND input.mockData.schemeId")
	})
}
