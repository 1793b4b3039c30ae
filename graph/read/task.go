package read

import (
	"context"
	"fmt"
	"time"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskmock"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/auth"
)

// taskOrders are the orders that the API offers.
var taskOrders = map[model.TaskOrderField]order{
	model.TaskOrderFieldCreateTime: {name: "create_time", column: enttask.FieldCreateTime, timed: true},
	model.TaskOrderFieldName:       {name: "name", column: enttask.FieldName},
}

// Tasks returns a page of the caller's tasks. An impossible page is a
// fault.CodeInvalid.
func (r *Reader) Tasks(ctx context.Context, spaceID *string, f *model.TaskFilter, by *model.TaskOrder, p Page, w Want) (*model.TaskConnection, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	o := taskOrders[model.TaskOrderFieldCreateTime]
	o.desc = true
	if by != nil {
		o = taskOrders[by.Field]
		o.desc = by.Direction == model.OrderDirectionDesc
	}
	win, err := p.check(o)
	if err != nil {
		return nil, err
	}
	if err := checkTasks(f); err != nil {
		return nil, err
	}
	conditions := func(s *statement) { narrowTasks(s, c, spaceID, f) }
	conn := &model.TaskConnection{}
	if w.Has("totalCount") {
		if conn.TotalCount, err = r.count(ctx, enttask.Table, conditions); err != nil {
			return nil, fmt.Errorf("count tasks: %w", err)
		}
	}
	of := append(w.Of("nodes"), w.Of("edges").Of("node")...)
	rows, err := r.selectTasks(ctx, of, func(s *statement) {
		conditions(s)
		s.page(win)
	}, win.order.column)
	if err != nil {
		return nil, err
	}
	at := func(t *ent.Task) place {
		return win.order.place(t.CreateTime, t.Name, t.ID)
	}
	rows, conn.PageInfo = cut(win, rows, at)
	if conn.Nodes, err = r.tasks(ctx, c, rows, of); err != nil {
		return nil, err
	}
	if w.Has("edges") {
		conn.Edges = make([]*model.TaskEdge, len(rows))
		for i, row := range rows {
			conn.Edges[i] = &model.TaskEdge{Node: conn.Nodes[i], Cursor: at(row).cursor()}
		}
	}
	return conn, nil
}

// narrowTasks keeps the live tasks that the caller sees and that pass the filter.
func narrowTasks(s *statement, c auth.Caller, spaceID *string, f *model.TaskFilter) {
	s.and("NOT is_deleted")
	s.within(c.Tasks(), "template_id", "id")
	s.inSpace(c, spaceID)
	if f == nil {
		return
	}
	if f.TemplateID != nil {
		id, _ := number(*f.TemplateID)
		s.one("template_id", id)
	}
	if f.State != nil {
		in(s, "state", texts(f.State))
	}
	if f.CreateMethod != nil {
		in(s, "create_method", texts(f.CreateMethod))
	}
	narrowMade(s, f.Creator, f.CreatedFrom, f.CreatedBefore, f.NameContains)
}

// narrowMade applies the conditions that tasks and templates have in common.
func narrowMade(s *statement, creator *string, from, before *time.Time, name *string) {
	if creator != nil {
		s.and("creator = ?", *creator)
	}
	if from != nil {
		s.and("create_time >= ?", stored(*from))
	}
	if before != nil {
		s.and("create_time < ?", stored(*before))
	}
	if name != nil {
		s.contains("name", *name)
	}
}

// stored is the first moment from t on that a row can have: times are kept in
// microseconds, and PostgreSQL would round down what is finer.
func stored(t time.Time) time.Time {
	return t.UTC().Add(time.Microsecond - 1).Truncate(time.Microsecond)
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

// selectTasks reads tasks with the columns that the wanted fields need, and more.
func (r *Reader) selectTasks(ctx context.Context, w Want, narrow func(*statement), more ...string) ([]*ent.Task, error) {
	wanted := map[string]bool{enttask.FieldID: true, enttask.FieldSpaceID: true}
	for _, name := range more {
		wanted[name] = true
	}
	for _, s := range w {
		for _, f := range s.Fields {
			wanted[taskNeeds[f.Name]] = true
		}
	}
	if wanted[enttask.FieldState] {
		wanted[enttask.FieldWasRevoked] = true // which end an expired task had
	}
	names, dest := columnSet(taskColumns, wanted)
	s := r.selectFrom(enttask.Table, names)
	narrow(s)
	rows, err := scan(ctx, r.rows, s, dest)
	if err != nil {
		return nil, fmt.Errorf("read tasks: %w", err)
	}
	return rows, nil
}

// tasks makes views of rows that the caller was found to see, and loads the
// neighbours that are wanted.
func (r *Reader) tasks(ctx context.Context, c auth.Caller, rows []*ent.Task, w Want) ([]*model.Task, error) {
	views := make([]*model.Task, len(rows))
	for i, row := range rows {
		views[i] = &model.Task{Task: row}
	}
	if len(rows) == 0 {
		return views, nil
	}
	if w.Has("template") {
		if err := throughTask(c, rows[0], w.Of("template")); err != nil {
			return nil, err
		}
		found, err := r.templatesByID(ctx, c, ids(rows, func(t *ent.Task) []int { return []int{t.TemplateID} }), w.Of("template"))
		if err != nil {
			return nil, err
		}
		for _, v := range views {
			v.Template = found[v.TemplateID]
		}
	}
	if err := r.taskSnapshots(ctx, views, w); err != nil {
		return nil, err
	}
	if w.Has("mock", "nodes") {
		mocks, err := r.db.TaskMock.Query().
			Where(among(taskmock.FieldTaskID, ids(rows, func(t *ent.Task) []int { return []int{t.ID} }))).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read mock data: %w", err)
		}
		byTask := make(map[int]*ent.TaskMock, len(mocks))
		for _, m := range mocks {
			byTask[m.TaskID] = m
		}
		for _, v := range views {
			v.Mock = &model.TaskMock{TaskMock: byTask[v.ID]}
		}
	}
	return views, r.runs(ctx, views, w)
}

// taskSnapshots loads both trees of the tasks with one statement.
func (r *Reader) taskSnapshots(ctx context.Context, views []*model.Task, w Want) error {
	inside := w.Has("parameters", "nodes", "progress", "variables", "variablesCut")
	chosen, running := w.Has("snapshot"), w.Has("executionSnapshot") || inside
	if !chosen && !running {
		return nil
	}
	list := ids(views, func(t *model.Task) []int {
		switch {
		case chosen && running:
			return []int{t.SnapshotID, t.ExecutionSnapshotID}
		case chosen:
			return []int{t.SnapshotID}
		}
		return []int{t.ExecutionSnapshotID}
	})
	found, err := r.snapshots(ctx, list, append(w.Of("snapshot"), w.Of("executionSnapshot")...), inside)
	if err != nil {
		return err
	}
	for _, v := range views {
		v.Snapshot, v.ExecutionSnapshot = found[v.SnapshotID], found[v.ExecutionSnapshotID]
	}
	return nil
}

// place is the position of a row in a list of this order.
func (o order) place(moment time.Time, text string, id int) place {
	if o.timed {
		return place{Order: o.name, Nanos: moment.UnixNano(), ID: id}
	}
	return place{Order: o.name, Text: text, ID: id}
}
