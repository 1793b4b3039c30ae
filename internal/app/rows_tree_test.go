package app_test

import (
	"strconv"
	"strings"
	"testing"
)

// Rows 76 to 88 of the edge cases (domain §7): what the tree and the template
// bring along.

const nobody = `{"notify_type":{"fail":[],"success":[]},"notify_receivers":{"more_receiver":"","receiver_group":[]}}`

func TestRowsOfTheTemplate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours

	t.Run("76 empty notify config gets the default", func(t *testing.T) {
		for _, more := range []vars{{}, {"notifyConfig": raw(`{}`)}} {
			same(t, c.create(t, input(c.template(t, order(t), more))), "task.extraInfo", `{"notifyConfig":`+nobody+`}`)
		}
		own := `{"notify_type":{"fail":["mail"],"success":[]},"notify_receivers":{"more_receiver":"me","receiver_group":[]}}`
		same(t, c.create(t, input(c.template(t, order(t), vars{"notifyConfig": raw(own)}))), "task.extraInfo.notifyConfig", own)
	})
	t.Run("77 a malformed notify config is the template's fault", func(t *testing.T) {
		id := c.template(t, order(t))
		_, err := s.store.Write.Template.UpdateOneID(number(t, id)).SetNotifyConfig(raw(`{"notify_type": []}`)).Save(t.Context())
		fatal(t, err)
		a := c.refused(t, input(id), "REQUIRED input.templateId", "WRONG_TYPE input.templateId")
		if message := text(a.data, "createMockTask.userErrors.0.message"); !strings.Contains(message, "template's own notify_config") {
			t.Error(message)
		}
	})
	t.Run("78 scope comes from the template", func(t *testing.T) {
		plain := c.create(t, input(c.template(t, order(t))))
		same(t, plain, "task.scopeType", `null`)
		same(t, plain, "task.scopeValue", `null`)
		scoped := c.create(t, input(c.template(t, order(t), vars{"scopeType": "project", "scopeValue": "7"})))
		same(t, scoped, "task.scopeType", `"project"`)
		same(t, scoped, "task.scopeValue", `"7"`)
	})
	t.Run("79 two equal requests make two tasks that share their trees", func(t *testing.T) {
		id := c.template(t, order(t))
		in := input(id, vars{"constants": raw(`{"${order_no}": "shared"}`)})
		a, b := at(c.create(t, in), "task"), at(c.create(t, in), "task")
		if text(a, "id") == text(b, "id") || text(a, "instanceId") == text(b, "instanceId") {
			t.Error("one task came back twice")
		}
		for _, part := range []string{"snapshotId", "executionSnapshotId"} {
			if text(a, part) != text(b, part) {
				t.Errorf("%s differs", part)
			}
		}
	})
	t.Run("80 ids are not replaced and an untouched tree is stored once", func(t *testing.T) {
		id := c.template(t, order(t, `"value": "A-1"`, `"value": "row 80"`))
		before := s.rows(t)["snapshots"]
		task := at(c.create(t, input(id)), "task")
		if text(task, "snapshotId") != text(task, "executionSnapshotId") || s.rows(t)["snapshots"] != before {
			t.Error("an untouched tree was stored again")
		}
		same(t, task, "executionSnapshot.pipelineTree", string(order(t, `"value": "A-1"`, `"value": "row 80"`)))
	})
}

func TestRowsOfTheTree(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	const retryOff, timeoutOff = `"auto_retry": {"enable": false, "interval": 0, "times": 1}`, `"timeout_config": {"enable": false, "seconds": 10, "action": "forced_fail"}`
	retry := func(times string) string {
		return `"auto_retry": {"enable": true, "interval": 99, "times": ` + times + `}`
	}
	timeout := func(seconds string) string {
		return `"timeout_config": {"enable": true, ` + seconds + `"action": "forced_fail"}`
	}
	const detail = "task.executionSnapshot.nodes.1.activity"

	t.Run("81 automatic retries are capped", func(t *testing.T) {
		for times, want := range map[string]int{`99`: 10, `-3`: 3, `"x"`: 10, `2`: 2} {
			task := c.create(t, input(c.template(t, order(t, retryOff, retry(times)))))
			same(t, task, detail, `{"autoRetryTimes":`+strconv.Itoa(want)+`,"autoRetryInterval":10,"timeoutSeconds":null}`)
		}
	})
	t.Run("82 a timeout without positive whole seconds is none", func(t *testing.T) {
		for seconds, want := range map[string]string{`"seconds": 0, `: `null`, `"seconds": "30", `: `null`, ``: `null`, `"seconds": 30, `: `30`} {
			task := c.create(t, input(c.template(t, order(t, timeoutOff, timeout(seconds)))))
			same(t, task, detail+".timeoutSeconds", want)
		}
	})
	t.Run("83 timeout and automatic retry on one node", func(t *testing.T) {
		id := c.template(t, order(t, retryOff, retry("1"), timeoutOff, timeout(`"seconds": 5, `)))
		c.refused(t, input(id), "INVALID_PIPELINE/INVALID_TREE input.templateId @nfetch")
	})
	t.Run("84 a constant is bound to a missing node", func(t *testing.T) {
		id := c.template(t, order(t, `"source_info": {"nfetch": ["state"]}`, `"source_info": {"ghost": ["state"]}`))
		c.refused(t, input(id), "INVALID_PIPELINE/VARIABLE input.templateId")
	})
	t.Run("85 no location, with a sub-process", func(t *testing.T) {
		tree := order(t, `"line": [], "location": []`, `"line": []`, `"outputs": [], "line": []`, `"outputs": []`)
		c.create(t, input(c.template(t, tree)))
	})
	t.Run("86 names are cleaned and cut in the tree that runs", func(t *testing.T) {
		name := "<b>" + strings.Repeat("a", 60) + `$&'\"</b>`
		id := c.template(t, order(t, "fetch order", name, `"name": "region"`, `"name": "r<e>gion"`))
		task := c.create(t, input(id))
		same(t, task, "task.executionSnapshot.nodes.1.name", `"b`+strings.Repeat("a", 49)+`"`)
		same(t, task, "task.executionSnapshot.pipelineTree.constants.${region}.name", `"region"`)
		stored := c.query(t, `query($id: ID!) { template(id: $id) { pipelineTree } }`, vars{"id": id})
		same(t, stored, "template.pipelineTree.activities.nfetch.name", `"`+name+`"`)
	})
	t.Run("87 a circle is accepted", func(t *testing.T) {
		// One branch goes back to the first node, the other on to the sub-process.
		tree := order(t,
			`"incoming": ["l1"], "outgoing": "l2"`, `"incoming": ["l1", "l5"], "outgoing": "l2"`,
			`"incoming": ["l5"], "outgoing": "l6"`, `"incoming": ["l4"], "outgoing": "l6"`,
			`"incoming": ["l4", "l6"]`, `"incoming": ["l6"]`,
			`"source": "ntell", "target": "nend"`, `"source": "ntell", "target": "nsub"`,
			`"source": "npaid", "target": "nsub"`, `"source": "npaid", "target": "nfetch"`)
		c.create(t, input(c.template(t, tree)))
	})
	t.Run("87a a name that cleaning leaves empty", func(t *testing.T) {
		id := c.template(t, order(t, "tell user", "<>"))
		c.refused(t, input(id), "INVALID_PIPELINE/INVALID_TREE input.templateId @ntell")
	})
	t.Run("87b start leads straight to the end", func(t *testing.T) {
		id := c.template(t, raw(`{
			"start_event": {"id": "s", "name": "", "type": "EmptyStartEvent", "incoming": "", "outgoing": "l"},
			"end_event": {"id": "e", "name": "", "type": "EmptyEndEvent", "incoming": ["l"], "outgoing": ""},
			"activities": {}, "gateways": {}, "constants": {}, "outputs": [],
			"flows": {"l": {"id": "l", "source": "s", "target": "e", "is_default": false}}}`))
		c.refused(t, input(id), "INVALID_PIPELINE/CONNECTION input.templateId @s")
	})
	t.Run("88 a parallel gateway without its converge gateway", func(t *testing.T) {
		id := c.template(t, order(t, `"type": "ExclusiveGateway"`, `"type": "ParallelGateway"`))
		c.refused(t, input(id), "INVALID_PIPELINE/GATEWAY_PAIRING input.templateId @npaid")
	})
	t.Run("the same problems stop a release and are told beforehand", func(t *testing.T) {
		tree := order(t, `"type": "ExclusiveGateway"`, `"type": "ParallelGateway"`)
		id := c.template(t, tree)
		s.unchanged(t, func() {
			data := c.query(t, `mutation($id: ID!) { releaseTemplate(input: {id: $id}) { release { id } userErrors`+problemFields+` } }`, vars{"id": id})
			equalProblems(t, "release", problemsAt(data, "releaseTemplate.userErrors"), []string{"INVALID_PIPELINE/GATEWAY_PAIRING input.id @npaid"})
			data = c.query(t, `query($tree: JSONObject!) { validatePipeline(pipelineTree: $tree) { code nodeId } }`, vars{"tree": tree})
			same(t, data, "validatePipeline", `[{"code":"GATEWAY_PAIRING","nodeId":"npaid"}]`)
		})
	})
}
