package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// page is a page of ids and where it lies.
type page struct {
	ids           []string
	start, end    string
	before, after bool
}

func pageOf(t testing.TB, data any, path string) page {
	t.Helper()
	var p page
	for _, n := range list(data, path+".nodes") {
		p.ids = append(p.ids, text(n, "id"))
	}
	edges := list(data, path+".edges")
	for i, e := range edges {
		if text(e, "node.id") != p.ids[i] {
			t.Errorf("edge %d is not node %d", i, i)
		}
	}
	p.start, p.end = text(data, path+".pageInfo.startCursor"), text(data, path+".pageInfo.endCursor")
	p.before, _ = at(data, path+".pageInfo.hasPreviousPage").(bool)
	p.after, _ = at(data, path+".pageInfo.hasNextPage").(bool)
	if len(edges) > 0 && (text(edges[0], "cursor") != p.start || text(edges[len(edges)-1], "cursor") != p.end) {
		t.Error("pageInfo does not lead to the edges")
	}
	return p
}

const pageFields = ` { nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`

const tasksDocument = `query($spaceId: ID, $where: TaskFilter, $orderBy: TaskOrder, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
	tasks(spaceId: $spaceId, where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before)` + pageFields + ` }`

// tasks asks in two ways: a condition keeps the query from being compiled.
func (c *client) tasks(t testing.TB, v vars) page {
	t.Helper()
	data := c.query(t, tasksDocument, v)
	if plain := c.query(t, plainTasksDocument, v); asJSON(plain) != asJSON(data) {
		t.Errorf("compiled: %s\nplain:    %s", asJSON(data), asJSON(plain))
	}
	return pageOf(t, data, "tasks")
}

var plainTasksDocument = strings.Replace(tasksDocument, "nodes {", "nodes @include(if: true) {", 1)

func TestPagesOfTasks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))
	const total = 45
	type task struct {
		id, name string
		made     int
	}
	var tasks []task
	for i := range total {
		// Nine tasks share a name, five in a row share a moment.
		name := fmt.Sprintf("name %d", i%5)
		taskID := text(c.create(t, input(id, vars{"name": name})), "task.id")
		made := time.Date(2024, 1, 1, 0, 0, i/5, 0, time.UTC)
		_, err := s.store.Read.Task.Get(t.Context(), number(t, taskID))
		fatal(t, err)
		s.beside.Do(t, "UPDATE tasks SET create_time = ? WHERE id = ?", made, number(t, taskID))
		tasks = append(tasks, task{taskID, name, i / 5})
	}
	for _, o := range []struct {
		field, direction string
		less             func(a, b task) int
	}{
		{"CREATE_TIME", "ASC", func(a, b task) int { return a.made - b.made }},
		{"CREATE_TIME", "DESC", func(a, b task) int { return b.made - a.made }},
		{"NAME", "ASC", func(a, b task) int { return strings.Compare(a.name, b.name) }},
		{"NAME", "DESC", func(a, b task) int { return strings.Compare(b.name, a.name) }},
	} {
		want := slices.Clone(tasks)
		slices.SortFunc(want, func(a, b task) int {
			if n := o.less(a, b); n != 0 {
				return n
			}
			if o.direction == "ASC" {
				return strings.Compare(a.id, b.id)
			}
			return strings.Compare(b.id, a.id)
		})
		var ids []string
		for _, w := range want {
			ids = append(ids, w.id)
		}
		orderBy := vars{"field": o.field, "direction": o.direction}
		for _, size := range []int{1, 7, 20, 45, 100} {
			t.Run(fmt.Sprintf("%s %s in pages of %d", o.field, o.direction, size), func(t *testing.T) {
				var forward []string
				after := any(nil)
				for n := 0; ; n++ {
					p := c.tasks(t, vars{"orderBy": orderBy, "first": size, "after": after})
					forward = append(forward, p.ids...)
					if p.before != (n > 0) {
						t.Errorf("page %d: hasPreviousPage %v", n, p.before)
					}
					if !p.after {
						break
					}
					after = p.end
				}
				if !slices.Equal(forward, ids) {
					t.Errorf("forward\n got %v\nwant %v", forward, ids)
				}
				var backward []string
				before := any(nil)
				for n := 0; ; n++ {
					p := c.tasks(t, vars{"orderBy": orderBy, "last": size, "before": before})
					backward = append(slices.Clone(p.ids), backward...)
					if p.after != (n > 0) {
						t.Errorf("page %d from the end: hasNextPage %v", n, p.after)
					}
					if !p.before {
						break
					}
					before = p.start
				}
				if !slices.Equal(backward, ids) {
					t.Errorf("backward\n got %v\nwant %v", backward, ids)
				}
			})
		}
		t.Run(o.field+" "+o.direction+" between two places", func(t *testing.T) {
			all := c.query(t, tasksDocument, vars{"orderBy": orderBy, "first": total})
			cursor := func(i int) string { return text(all, fmt.Sprintf("tasks.edges.%d.cursor", i)) }
			p := c.tasks(t, vars{"orderBy": orderBy, "first": 100, "after": cursor(9), "before": cursor(20)})
			if !slices.Equal(p.ids, ids[10:20]) {
				t.Errorf("got %v, want %v", p.ids, ids[10:20])
			}
			p = c.tasks(t, vars{"orderBy": orderBy, "last": 3, "after": cursor(9), "before": cursor(20)})
			if !slices.Equal(p.ids, ids[17:20]) {
				t.Errorf("got %v, want %v", p.ids, ids[17:20])
			}
		})
	}
	t.Run("a page stays when rows are added ahead of it", func(t *testing.T) {
		first := c.tasks(t, vars{"first": 10})
		second := c.tasks(t, vars{"first": 10, "after": first.end})
		c.create(t, input(id, vars{"name": "late"}))
		if again := c.tasks(t, vars{"first": 10, "after": first.end}); !slices.Equal(again.ids, second.ids) {
			t.Errorf("%v, then %v", second.ids, again.ids)
		}
	})
	t.Run("twenty unless told otherwise, newest first", func(t *testing.T) {
		a, b := c.tasks(t, nil), c.tasks(t, vars{"first": 20, "orderBy": vars{"field": "CREATE_TIME", "direction": "DESC"}})
		if len(a.ids) != 20 || !slices.Equal(a.ids, b.ids) {
			t.Errorf("%v", a.ids)
		}
	})
	t.Run("an empty page has no cursors", func(t *testing.T) {
		p := c.tasks(t, vars{"where": vars{"nameContains": "nothing like it"}})
		if len(p.ids) != 0 || p.start != "" || p.end != "" || p.before || p.after {
			t.Errorf("%+v", p)
		}
	})
}

func TestPagesThatAreImpossible(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id := c.template(t, order(t))
	c.create(t, input(id))
	byTime := c.tasks(t, vars{"orderBy": vars{"field": "CREATE_TIME"}}).start
	byName := c.tasks(t, vars{"orderBy": vars{"field": "NAME"}}).start
	for name, row := range map[string]struct {
		vars vars
		want []string
	}{
		"first 0":                 {vars{"first": 0}, []string{"!INVALID_INPUT/INVALID_VALUE first"}},
		"first -1":                {vars{"first": -1}, []string{"!INVALID_INPUT/INVALID_VALUE first"}},
		"first 101":               {vars{"first": 101}, []string{"!INVALID_INPUT/INVALID_VALUE first"}},
		"last 0":                  {vars{"last": 0}, []string{"!INVALID_INPUT/INVALID_VALUE last"}},
		"last 101":                {vars{"last": 101}, []string{"!INVALID_INPUT/INVALID_VALUE last"}},
		"first and last":          {vars{"first": 1, "last": 1}, []string{"!INVALID_INPUT/INVALID_VALUE last"}},
		"everything":              {vars{"first": 0, "last": 999, "after": "x", "before": byName}, []string{"!INVALID_INPUT/INVALID_VALUE first", "!INVALID_INPUT/INVALID_VALUE last", "!INVALID_INPUT/INVALID_VALUE last", "!INVALID_INPUT/INVALID_VALUE after", "!INVALID_INPUT/INVALID_VALUE before"}},
		"cursor of another order": {vars{"after": byTime, "orderBy": vars{"field": "NAME"}}, []string{"!INVALID_INPUT/INVALID_VALUE after"}},
		"and the other way":       {vars{"before": byName}, []string{"!INVALID_INPUT/INVALID_VALUE before"}},
		"no cursor at all":        {vars{"after": "!!!"}, []string{"!INVALID_INPUT/INVALID_VALUE after"}},
		"empty cursor":            {vars{"after": ""}, []string{"!INVALID_INPUT/INVALID_VALUE after"}},
		"base64 of something":     {vars{"after": "eyJvIjoxfQ"}, []string{"!INVALID_INPUT/INVALID_VALUE after"}},
		"first is a text":         {vars{"first": "x"}, []string{"!GRAPHQL_VALIDATION_FAILED variable.first"}},
		"unknown order":           {vars{"orderBy": vars{"field": "ID"}}, []string{"!GRAPHQL_VALIDATION_FAILED variable.orderBy.field"}},
		"unknown state":           {vars{"where": vars{"state": []string{"DONE"}}}, []string{"!GRAPHQL_VALIDATION_FAILED variable.where.state.0"}},
		"time without an offset":  {vars{"where": vars{"createdFrom": "2024-01-01T00:00:00"}}, []string{"!INVALID_INPUT tasks.where.createdFrom"}},
		"time that is a number":   {vars{"where": vars{"createdBefore": 5}}, []string{"!INVALID_INPUT tasks.where.createdBefore"}},
		"first is huge":           {vars{"first": 1 << 40}, []string{"!INVALID_INPUT/INVALID_VALUE first"}},
		"first is a fraction":     {vars{"first": 1.5}, []string{"!GRAPHQL_VALIDATION_FAILED variable.first"}},
	} {
		t.Run(name, func(t *testing.T) {
			equalProblems(t, "compiled", topLevel(c.ask(t, tasksDocument, row.vars)), row.want)
			equalProblems(t, "plain", topLevel(c.ask(t, plainTasksDocument, row.vars)), row.want)
		})
	}
}

func TestFiltersOfTasks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	one, two := c.template(t, order(t)), c.template(t, order(t))
	other := c.newSpace(t, "other")
	three := c.template(t, order(t), vars{"spaceId": other})
	ids := map[string]string{}
	var names []string
	for i, row := range []struct{ name, creator, template, state, method string }{
		{"Alpha 100%", "ann", one, "CREATED", "MOCK"},
		{"alpha_beta", "bob", one, "RUNNING", "MOCK"},
		{"beta 1000", "ann", two, "FINISHED", "MOCK"},
		{"gamma", "Ann", three, "FAILED", "DEBUG"},
		{`back\slash`, "ann", three, "CREATED", "API"},
	} {
		id := text(c.create(t, input(row.template, vars{"name": row.name, "creator": row.creator})), "task.id")
		s.beside.Do(t, "UPDATE tasks SET state = ?, create_method = ?, create_time = ? WHERE id = ?",
			row.state, row.method, time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC), number(t, id))
		ids[row.name] = id
		names = append(names, row.name)
	}
	for name, row := range map[string]struct {
		vars vars
		want []string
	}{
		"no filter":                {vars{}, names},
		"empty filter":             {vars{"where": vars{}}, names},
		"space":                    {vars{"spaceId": other}, names[3:]},
		"template":                 {vars{"where": vars{"templateId": one}}, names[:2]},
		"state":                    {vars{"where": vars{"state": []string{"CREATED"}}}, []string{"Alpha 100%", `back\slash`}},
		"states":                   {vars{"where": vars{"state": []string{"FAILED", "FINISHED"}}}, names[2:4]},
		"no state":                 {vars{"where": vars{"state": []string{}}}, nil},
		"creator, exactly":         {vars{"where": vars{"creator": "ann"}}, []string{"Alpha 100%", "beta 1000", `back\slash`}},
		"from":                     {vars{"where": vars{"createdFrom": "2024-01-03T00:00:00Z"}}, names[2:]},
		"before":                   {vars{"where": vars{"createdBefore": "2024-01-03T00:00:00Z"}}, names[:2]},
		"range":                    {vars{"where": vars{"createdFrom": "2024-01-02T00:00:00Z", "createdBefore": "2024-01-03T00:00:00Z"}}, names[1:2]},
		"from in another offset":   {vars{"where": vars{"createdFrom": "2024-01-02T08:00:00+08:00"}}, names[1:]},
		"range in another offset":  {vars{"where": vars{"createdFrom": "2024-01-02T08:00:00+08:00", "createdBefore": "2024-01-03T08:00:00+08:00"}}, names[1:2]},
		"name, whatever the case":  {vars{"where": vars{"nameContains": "ALPHA"}}, names[:2]},
		"name with a percent sign": {vars{"where": vars{"nameContains": "0%"}}, names[:1]},
		"only a percent sign":      {vars{"where": vars{"nameContains": "%"}}, names[:1]},
		"name with an underscore":  {vars{"where": vars{"nameContains": "a_b"}}, names[1:2]},
		"only an underscore":       {vars{"where": vars{"nameContains": "_"}}, names[1:2]},
		"name with a backslash":    {vars{"where": vars{"nameContains": `\`}}, names[4:]},
		"backslash and percent":    {vars{"where": vars{"nameContains": `\%`}}, nil},
		"empty name":               {vars{"where": vars{"nameContains": ""}}, names},
		"method":                   {vars{"where": vars{"createMethod": []string{"DEBUG", "API"}}}, names[3:]},
		"all together": {vars{"spaceId": c.space, "where": vars{
			"templateId": one, "state": []string{"CREATED", "RUNNING"}, "creator": "bob", "createMethod": []string{"MOCK"},
			"createdFrom": "2024-01-01T00:00:00Z", "createdBefore": "2024-02-01T00:00:00Z", "nameContains": "beta",
		}}, names[1:2]},
		"together without a match": {vars{"spaceId": other, "where": vars{"templateId": one}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := vars{"orderBy": vars{"field": "CREATE_TIME", "direction": "ASC"}}
			for k, x := range row.vars {
				v[k] = x
			}
			var want []string
			for _, n := range row.want {
				want = append(want, ids[n])
			}
			if got := c.tasks(t, v); !slices.Equal(got.ids, want) {
				t.Errorf("got %v, want %v", got.ids, want)
			}
			count := c.query(t, `query($spaceId: ID, $where: TaskFilter) { tasks(spaceId: $spaceId, where: $where, first: 1) { totalCount } }`, row.vars)
			same(t, count, "tasks.totalCount", fmt.Sprint(len(want)))
		})
	}
}
