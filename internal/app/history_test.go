package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const versionPageFields = ` { totalCount nodes { id version isDraft } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`

func TestPagesOfVersions(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	var templates []string
	for i := range 3 { // 3, 5 and 7 releases and a draft
		id := c.template(t, order(t))
		for n := range 3 + 2*i {
			c.release(t, id)
			c.save(t, id, order(t, `"value": "A-1"`, fmt.Sprintf(`"value": "%d-%d"`, i, n)))
		}
		templates = append(templates, id)
	}
	all := map[string][]string{}
	for _, id := range templates {
		data := c.query(t, `query($id: ID!) { template(id: $id) { versions(first: 100)`+versionPageFields+` } }`, vars{"id": id})
		all[id] = pageOf(t, data, "template.versions").ids
		same(t, data, "template.versions.totalCount", fmt.Sprint(len(all[id])))
		if at(data, "template.versions.nodes.0.isDraft") != true || text(data, "template.versions.nodes.1.version") == "" {
			t.Errorf("the draft is not the newest: %s", asJSON(data))
		}
	}
	t.Run("in both directions", func(t *testing.T) {
		id := templates[2]
		const document = `query($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
			template(id: $id) { versions(first: $first, after: $after, last: $last, before: $before)` + versionPageFields + ` } }`
		for _, size := range []int{1, 3, 100} {
			var forward, backward []string
			v := vars{"id": id, "first": size}
			for more := true; more; {
				p := pageOf(t, c.query(t, document, v), "template.versions")
				forward, more, v["after"] = append(forward, p.ids...), p.after, p.end
			}
			v = vars{"id": id, "last": size}
			for more := true; more; {
				p := pageOf(t, c.query(t, document, v), "template.versions")
				backward, more, v["before"] = append(slices.Clone(p.ids), backward...), p.before, p.start
			}
			if !slices.Equal(forward, all[id]) || !slices.Equal(backward, all[id]) {
				t.Errorf("pages of %d: %v and %v, not %v", size, forward, backward, all[id])
			}
		}
	})
	t.Run("of several templates, under aliases", func(t *testing.T) {
		data := c.query(t, `{ templates(orderBy: {direction: ASC}) { nodes { id
			new: versions(first: 2)`+versionPageFields+` old: versions(last: 3)`+versionPageFields+` versions { totalCount } } } }`, nil)
		for i, id := range templates {
			node := at(data, fmt.Sprintf("templates.nodes.%d", i))
			if text(node, "id") != id {
				t.Fatalf("template %d is %s", i, text(node, "id"))
			}
			recent, old, want := pageOf(t, node, "new"), pageOf(t, node, "old"), all[id]
			if !slices.Equal(recent.ids, want[:2]) || !recent.after || recent.before {
				t.Errorf("new of %d: %+v, want %v", i, recent, want[:2])
			}
			if !slices.Equal(old.ids, want[len(want)-3:]) || old.after || !old.before {
				t.Errorf("old of %d: %+v, want %v", i, old, want[len(want)-3:])
			}
			same(t, node, "versions.totalCount", fmt.Sprint(len(want)))
		}
	})
	t.Run("impossible pages", func(t *testing.T) {
		for arguments, want := range map[string]string{
			"first: 0": "first", "last: 101": "last", "first: 1, last: 1": "last", `after: "x"`: "after", `before: ""`: "before",
		} {
			a := c.ask(t, `query($id: ID!) { template(id: $id) { versions(`+arguments+`) { totalCount } } }`, vars{"id": templates[0]})
			if got := topLevel(a); len(got) != 1 || !strings.HasPrefix(got[0], "!INVALID_INPUT/INVALID_VALUE "+want) {
				t.Errorf("%s: %s", arguments, a.body)
			}
		}
	})
}

func TestListOfTemplates(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	ids := map[string]string{}
	names := []string{"Alpha_1", "beta 50%", "alpha", "Gamma"}
	for i, name := range names {
		more := vars{"name": name, "creator": "ann"}
		if i%2 == 1 {
			more = vars{"name": name, "creator": "bob", "scopeType": "project", "scopeValue": fmt.Sprint(i)}
		}
		ids[name] = c.template(t, order(t), more)
	}
	c.change(t, "updateTemplate", "UpdateTemplateInput", "template { id }", vars{"id": ids["alpha"], "isEnabled": false})
	document := `query($spaceId: ID, $where: TemplateFilter, $orderBy: TemplateOrder, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
		templates(spaceId: $spaceId, where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before)` + pageFields + ` }`
	get := func(t *testing.T, v vars) page {
		t.Helper()
		data := c.query(t, document, v)
		if plain := c.query(t, strings.Replace(document, "nodes {", "nodes @include(if: true) {", 1), v); asJSON(plain) != asJSON(data) {
			t.Errorf("compiled: %s\nplain:    %s", asJSON(data), asJSON(plain))
		}
		return pageOf(t, data, "templates")
	}
	byName := func(d string) vars { return vars{"field": "NAME", "direction": d} }
	for name, row := range map[string]struct {
		vars vars
		want []string
	}{
		"newest first":  {vars{}, []string{"Gamma", "alpha", "beta 50%", "Alpha_1"}},
		"by name":       {vars{"orderBy": byName("ASC")}, []string{"Alpha_1", "Gamma", "alpha", "beta 50%"}},
		"by name, down": {vars{"orderBy": byName("DESC")}, []string{"beta 50%", "alpha", "Gamma", "Alpha_1"}},
		"by change":     {vars{"orderBy": vars{"field": "UPDATE_TIME", "direction": "DESC"}, "first": 1}, []string{"alpha"}},
		"last two":      {vars{"last": 2}, []string{"beta 50%", "Alpha_1"}},
		"creator":       {vars{"where": vars{"creator": "bob"}}, []string{"Gamma", "beta 50%"}},
		"name":          {vars{"where": vars{"nameContains": "ALPHA"}}, []string{"alpha", "Alpha_1"}},
		"percent sign":  {vars{"where": vars{"nameContains": "%"}}, []string{"beta 50%"}},
		"underscore":    {vars{"where": vars{"nameContains": "_"}}, []string{"Alpha_1"}},
		"scope":         {vars{"where": vars{"scopeType": "project", "scopeValue": "3"}}, []string{"Gamma"}},
		"scope type":    {vars{"where": vars{"scopeType": "project"}}, []string{"Gamma", "beta 50%"}},
		"disabled":      {vars{"where": vars{"isEnabled": false}}, []string{"alpha"}},
		"enabled":       {vars{"where": vars{"isEnabled": true}}, []string{"Gamma", "beta 50%", "Alpha_1"}},
		"past":          {vars{"where": vars{"createdBefore": "2020-01-01T00:00:00+08:00"}}, nil},
		"since then":    {vars{"where": vars{"createdFrom": "2020-01-01T00:00:00+08:00"}}, []string{"Gamma", "alpha", "beta 50%", "Alpha_1"}},
		"no space":      {vars{"spaceId": "x"}, nil},
		"together":      {vars{"spaceId": c.space, "where": vars{"creator": "ann", "isEnabled": true, "nameContains": "a"}}, []string{"Alpha_1"}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, n := range row.want {
				want = append(want, ids[n])
			}
			if got := get(t, row.vars); !slices.Equal(got.ids, want) {
				t.Errorf("got %v, want %v", got.ids, want)
			}
		})
	}
	t.Run("a cursor of one order is refused in another", func(t *testing.T) {
		cursor := get(t, vars{"orderBy": byName("ASC")}).start
		a := c.ask(t, document, vars{"after": cursor, "orderBy": vars{"field": "UPDATE_TIME"}})
		equalProblems(t, "errors", topLevel(a), []string{"!INVALID_INPUT/INVALID_VALUE after"})
	})
}
