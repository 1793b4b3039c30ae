package app_test

import (
	"strings"
	"testing"
)

// One answer lists everything that is wrong, whatever part of the server found it.
func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t, `"type": "ExclusiveGateway"`, `"type": "ParallelGateway"`,
		`"source_info": {"nfetch": ["state"]}`, `"source_info": {"gone": ["state"]}`, "tell user", "<>"))
	_, err := s.store.Write.Template.UpdateOneID(number(t, id)).SetNotifyConfig(raw(`{"notify_type": {}, "notify_receivers": 5}`)).Save(t.Context())
	fatal(t, err)
	in := vars{
		"templateId": id, "name": " ", "creator": strings.Repeat("c", 33), "description": nil,
		"idempotencyKey": strings.Repeat("k", 129), "constants": raw(`["x"]`), "customSpanAttributes": raw(`"x"`),
		"credentials": vars{"a": "!!!!", "b": 5, "c": encode(`{}`), "d": encode(goodCredential)},
		"mockData": vars{
			"nodes":       []string{"nfetch", "", "ghost", "npaid", "ntell"},
			"mockDataIds": raw(`{"nfetch": "abc", "ntell": 99999}`),
			"failures":    raw(`{"nsub": "x", "ntell": 5}`),
			"schemeId":    "99999",
		},
	}
	tree := []string{
		"INVALID_PIPELINE/GATEWAY_PAIRING input.templateId @npaid",
		"INVALID_PIPELINE/VARIABLE input.templateId",
		"INVALID_PIPELINE/INVALID_TREE input.templateId @ntell",
		"WRONG_TYPE input.templateId",
	}
	fields := []string{
		"BLANK input.name", "TOO_LONG input.creator", "REQUIRED input.description", "TOO_LONG input.idempotencyKey",
		"WRONG_TYPE input.constants", "WRONG_TYPE input.customSpanAttributes",
		"INVALID_CREDENTIAL input.credentials.a", "INVALID_CREDENTIAL input.credentials.b",
		"INVALID_CREDENTIAL input.credentials.c", "INVALID_CREDENTIAL input.credentials.c",
	}
	mock := []string{
		"BLANK input.mockData.nodes.1", "UNKNOWN_NODE input.mockData.nodes.2 @ghost", "NOT_AN_ACTIVITY input.mockData.nodes.3 @npaid",
		"WRONG_TYPE input.mockData.mockDataIds.nfetch @nfetch", "UNKNOWN_PRESET input.mockData.mockDataIds.ntell @ntell",
		"INVALID_VALUE input.mockData.failures.nsub @nsub", "WRONG_TYPE input.mockData.failures.ntell @ntell",
		"NOT_FOUND input.mockData.schemeId",
	}
	a := c.refused(t, in, append(append(fields, mock...), tree...)...)
	for _, p := range list(a.data, "createMockTask.userErrors") {
		if text(p, "message") == "" {
			t.Errorf("no message: %s", asJSON(p))
		}
	}
	t.Run("without a template, what needs none is still told", func(t *testing.T) {
		in["templateId"] = "99999"
		c.refused(t, in, append(fields, "NOT_FOUND input.templateId", "BLANK input.mockData.nodes.1",
			"WRONG_TYPE input.mockData.mockDataIds.nfetch @nfetch", "WRONG_TYPE input.mockData.failures.ntell @ntell")...)
	})
}

func TestTemplateProblemsAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.unchanged(t, func() {
		a := s.ours.ask(t, `mutation($input: CreateTemplateInput!) { createTemplate(input: $input) { template { id } userErrors`+problemFields+` } }`, vars{"input": vars{
			"spaceId": "99999", "name": "", "description": strings.Repeat("d", 257), "creator": strings.Repeat("c", 33), "scopeType": "x",
			"notifyConfig": raw(`{"notify_type": 1}`), "pipelineTree": raw(`[]`),
		}})
		equalProblems(t, "problems", append(topLevel(a), problemsAt(a.data, "createTemplate.userErrors")...), []string{
			"NOT_FOUND input.spaceId", "BLANK input.name", "TOO_LONG input.description", "TOO_LONG input.creator", "REQUIRED input.scopeValue",
			"WRONG_TYPE input.notifyConfig.notify_type", "REQUIRED input.notifyConfig.notify_receivers", "WRONG_TYPE input.pipelineTree",
		})
	})
}
