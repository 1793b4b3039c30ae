package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// statements sends an operation that has to succeed and checks how many
// statements it costs, beside the one that looks its caller up.
func (c *client) statements(t *testing.T, most int, document string, v vars) *answer {
	t.Helper()
	a := c.ask(t, document, v)
	if len(a.errors) > 0 {
		t.Fatalf("%s", a.body)
	}
	if len(a.statements) > most {
		t.Errorf("%d statements, at most %d are allowed:\n%s", len(a.statements), most, strings.Join(a.statements, "\n"))
	}
	return a
}

const listDocument = `{ tasks(first: 20) { nodes { id name state creator createTime template { id name } } pageInfo { hasNextPage endCursor } } }`

func TestStatementsOfTasks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	var templates []string
	for i := range 20 {
		templates = append(templates, c.template(t, order(t, `"value": "A-1"`, fmt.Sprintf(`"value": "A-%d"`, i))))
	}
	preset := c.preset(t, templates[0], "nfetch", `{}`)
	scheme := text(c.change(t, "createMockScheme", "CreateMockSchemeInput", "scheme { id }", vars{
		"templateId": templates[0], "name": "s", "choices": []vars{{"nodeId": "nfetch", "presetId": preset}}}), "scheme.id")
	var task string
	for i := range 25 {
		task = text(c.create(t, input(templates[i%20], vars{"constants": vars{"${order_no}": i}})), "task.id")
	}

	t.Run("a list of 20 tasks with their templates", func(t *testing.T) {
		a := c.statements(t, 3, listDocument, nil)
		if n := len(list(a.data, "tasks.nodes")); n != 20 {
			t.Errorf("%d tasks", n)
		}
	})
	t.Run("one task", func(t *testing.T) {
		c.statements(t, 3, `query($id: ID!) { task(id: $id) { id name state creator template { id name } mock { nodes outputs } } }`, vars{"id": task})
		c.statements(t, 3, `query($id: ID!) { node(id: $id) { id ... on Task { name template { name } } } }`, vars{"id": task})
	})
	t.Run("a count costs one more, and only when it is asked for", func(t *testing.T) {
		counts := func(a *answer) (n int) {
			for _, text := range a.statements {
				n += strings.Count(strings.ToUpper(text), "COUNT(")
			}
			return n
		}
		without := c.statements(t, 3, listDocument, nil)
		with := c.statements(t, 4, strings.Replace(listDocument, "{ nodes", "{ totalCount nodes", 1), nil)
		if counts(without) != 0 || counts(with) != 1 || len(with.statements) != len(without.statements)+1 {
			t.Errorf("%d counts without, %d with", counts(without), counts(with))
		}
		same(t, with.data, "tasks.totalCount", "25")
	})
	t.Run("creating a task, by a caller who was not seen before", func(t *testing.T) {
		const short = `mutation($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id name state } userErrors { code } } }`
		usual := vars{
			"constants": vars{"${order_no}": "new", "${region}": "x"}, "credentials": vars{"shop": encode(goodCredential)}, "description": "d",
			"mockData": vars{"nodes": []string{"nfetch"}, "mockDataIds": vars{"nfetch": preset}},
		}
		cold := func(user string) *client {
			return &client{server: s, header: strings.Replace(c.header, "ours-user", user, 1)}
		}
		a := cold("a").statements(t, 5, short, vars{"input": input(templates[1])})
		if a.lookUps != 1 {
			t.Errorf("the caller was looked up %d times", a.lookUps)
		}
		c.statements(t, 8, short, vars{"input": input(templates[0], usual)})         // a tree that nobody has stored yet
		cold("b").statements(t, 7, short, vars{"input": input(templates[0], usual)}) // a tree that is there, a new caller
		c.statements(t, 9, short, vars{"input": input(templates[0], usual, vars{"idempotencyKey": "k", "mockData": vars{"schemeId": scheme}})})
	})
	t.Run("the neighbours of tasks do not cost more for more tasks", func(t *testing.T) {
		document := func(more string) string {
			return `query($n: Int) { tasks(first: $n) { nodes { id nodes { id mocked } parameters mock { nodes outputs } snapshot { digest pipelineTree } executionSnapshot { digest nodes { id } }
				template { name space { name } mockPresets { id } mockSchemes { id } draft { snapshotId } } ` + more + ` } } }`
		}
		for _, more := range []string{"", "extraInfo @include(if: true)"} {
			c.ask(t, document(more), vars{"n": 20}) // the trees are in memory now
			two, twenty := c.ask(t, document(more), vars{"n": 2}), c.ask(t, document(more), vars{"n": 20})
			if len(two.statements) != len(twenty.statements) || len(two.errors) > 0 || len(list(twenty.data, "tasks.nodes")) != 20 {
				t.Errorf("%d statements for two, for twenty:\n%s", len(two.statements), strings.Join(twenty.statements, "\n"))
			}
		}
	})
	t.Run("a second look into a tree does not read it", func(t *testing.T) {
		id := c.template(t, order(t, `"value": "A-1"`, `"value": "fresh"`))
		const inside = `query($id: ID!) { template(id: $id) { nodes { id } flows { id } inputSchema { key } } }`
		first, second := c.ask(t, inside, vars{"id": id}), c.ask(t, inside, vars{"id": id})
		if documents(first) != 1 || documents(second) != 0 {
			t.Errorf("%d documents read at first, %d at second:\n%s", documents(first), documents(second), strings.Join(second.statements, "\n"))
		}
		if asJSON(first.data) != asJSON(second.data) {
			t.Error("the second look shows something else")
		}
		if a := c.ask(t, createDocument, vars{"input": input(id)}); documents(a) > 1 {
			t.Errorf("creating a task reads the tree again, beside showing it:\n%s", strings.Join(a.statements, "\n"))
		}
	})
}

// documents counts the statements that read trees.
func documents(a *answer) (n int) {
	for _, text := range a.statements {
		if strings.HasPrefix(text, "SELECT") && strings.Contains(text, "`document`") {
			n++
		}
	}
	return n
}

func TestStatementsOfTemplates(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	for i := range 20 {
		id := c.template(t, order(t, `"value": "A-1"`, fmt.Sprintf(`"value": "A-%d"`, i)))
		c.preset(t, id, "nfetch", `{}`)
		c.change(t, "createMockScheme", "CreateMockSchemeInput", "scheme { id }", vars{"templateId": id, "name": "s", "choices": []vars{{"nodeId": "nfetch"}}})
		for range i%3 + 1 {
			c.release(t, id)
			c.save(t, id, order(t, `"value": "A-1"`, fmt.Sprintf(`"value": "B-%d"`, i)))
		}
	}
	for name, fields := range map[string]string{
		"plain":     "name creator",
		"versions":  "draft { id } releasedVersion { version } effectiveVersion { id snapshot { digest pipelineTree } }",
		"presets":   "mockPresets(nodeId: \"nfetch\") { id } mockSchemes { name choices { nodeId } } space { name }",
		"inside":    "inputSchema { key } nodes { id } flows { id } pipelineTree draft { problems { code } }",
		"histories": "versions(first: 2) { totalCount nodes { version snapshot { digest } } pageInfo { hasNextPage } } old: versions(last: 1) { edges { cursor node { id } } }",
	} {
		t.Run(name, func(t *testing.T) {
			document := `query($n: Int) { templates(first: $n) { nodes { id ` + fields + ` } } }`
			c.ask(t, document, vars{"n": 20}) // the trees are in memory now
			two, twenty := c.ask(t, document, vars{"n": 2}), c.ask(t, document, vars{"n": 20})
			if len(two.errors) > 0 || len(list(twenty.data, "templates.nodes")) != 20 {
				t.Fatalf("%s", two.body)
			}
			if len(two.statements) != len(twenty.statements) {
				t.Errorf("%d statements for two, for twenty:\n%s", len(two.statements), strings.Join(twenty.statements, "\n"))
			}
			t.Logf("%d statements", len(twenty.statements))
		})
	}
}

func TestStatementsOfManyIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	one, two := c.things(t), c.things(t)
	ids := func(all ...things) (list []string) {
		for _, o := range all {
			for _, id := range o {
				list = append(list, id)
			}
		}
		return list
	}
	document := `query($ids: [ID!]!) { nodes(ids: $ids) ` + anyNode + ` }`
	few, many := c.ask(t, document, vars{"ids": ids(one)}), c.ask(t, document, vars{"ids": ids(one, two, one, two)})
	if len(few.errors) > 0 || len(few.statements) != len(many.statements) {
		t.Errorf("%d statements for one of each kind, for many:\n%s", len(few.statements), strings.Join(many.statements, "\n"))
	}
}
