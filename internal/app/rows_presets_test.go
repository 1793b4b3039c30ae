package app_test

import (
	"testing"
)

// Rows 104 and 105 of the edge cases (domain §7): presets in bulk.

func TestRowsOfPresetReplacement(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))
	first := c.preset(t, id, "nfetch", `{"a": 1}`)
	second := c.preset(t, id, "ntell", `{"b": 2}`)
	const document = `mutation($input: ReplaceMockPresetsInput!) {
		replaceMockPresets(input: $input) { presets { id nodeId name outputs isDefault } userErrors` + problemFields + ` } }`
	replace := func(t *testing.T, in vars) *answer {
		t.Helper()
		in["templateId"] = id
		return c.ask(t, document, vars{"input": in})
	}
	item := func(id any, node string) vars {
		v := vars{"nodeId": node, "name": "p", "outputs": raw(`{"c": 3}`)}
		if id != nil {
			v["id"] = id
		}
		return v
	}

	t.Run("104 an unknown id changes nothing", func(t *testing.T) {
		foreign := s.theirs.preset(t, s.theirs.template(t, order(t)), "nfetch", `{}`)
		for _, unknown := range []string{"99999", "x", foreign} {
			s.unchanged(t, func() {
				a := replace(t, vars{"presets": []vars{item(first, "nfetch"), item(unknown, "nfetch"), item(nil, "ghost")}, "deleteOthers": true})
				equalProblems(t, unknown, problemsAt(a.data, "replaceMockPresets.userErrors"), []string{
					"UNKNOWN_PRESET input.presets.1.id @nfetch", "UNKNOWN_NODE input.presets.2.nodeId @ghost"})
				same(t, a.data, "replaceMockPresets.presets", `null`)
			})
		}
	})
	t.Run("105 an empty list deletes only when told so", func(t *testing.T) {
		s.unchanged(t, func() {
			a := replace(t, vars{})
			equalProblems(t, "no list", topLevel(a), []string{"!GRAPHQL_VALIDATION_FAILED variable.input.presets"})
		})
		a := replace(t, vars{"presets": []vars{}})
		if len(list(a.data, "replaceMockPresets.presets")) != 2 || s.rows(t)["mock_presets"] != 3 {
			t.Errorf("presets are gone: %s", a.body)
		}
		a = replace(t, vars{"presets": []vars{item(second, "ntell")}, "deleteOthers": true})
		same(t, a.data, "replaceMockPresets.presets", `[{"id":"`+second+`","nodeId":"ntell","name":"p","outputs":{"c":3},"isDefault":false}]`)
		a = replace(t, vars{"presets": []vars{}, "deleteOthers": true})
		same(t, a.data, "replaceMockPresets", `{"presets":[],"userErrors":[]}`)
	})
}
