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

// taskColumns is what a field of Task needs beside the columns that every view
// has. Fields that are not listed need nothing or a neighbour.
var taskColumns = map[string]string{
	"scopeType":           enttask.FieldScopeType,
	"scopeValue":          enttask.FieldScopeValue,
	"instanceId":          enttask.FieldInstanceID,
	"name":                enttask.FieldName,
	"creator":             enttask.FieldCreator,
	"createTime":          enttask.FieldCreateTime,
	"createMethod":        enttask.FieldCreateMethod,
	"triggerMethod":       enttask.FieldTriggerMethod,
	"executor":            enttask.FieldExecutor,
	"startTime":           enttask.FieldStartTime,
	"isStarted":           enttask.FieldStartTime,
	"finishTime":          enttask.FieldFinishTime,
	"description":         enttask.FieldDescription,
	"isFinished":          enttask.FieldState,
	"isRevoked":           enttask.FieldState,
	"isExpired":           enttask.FieldState,
	"state":               enttask.FieldState,
	"isDeleted":           enttask.FieldIsDeleted,
	"templateId":          enttask.FieldTemplateID,
	"template":            enttask.FieldTemplateID,
	"snapshotId":          enttask.FieldSnapshotID,
	"snapshot":            enttask.FieldSnapshotID,
	"executionSnapshotId": enttask.FieldExecutionSnapshotID,
	"executionSnapshot":   enttask.FieldExecutionSnapshotID,
	"parameters":          enttask.FieldExecutionSnapshotID,
	"nodes":               enttask.FieldExecutionSnapshotID,
	"treeInfoId":          enttask.FieldTreeInfoID,
	"extraInfo":           enttask.FieldExtraInfo,
}

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
	query := r.db.Task.Query().Where(enttask.IsDeleted(false))
	within(c.Tasks(), enttask.FieldTemplateID, enttask.FieldID, query.Where)
	if spaceID != nil {
		inSpace(c, *spaceID, query.Where)
	}
	filterTasks(query, f)
	conn := &model.TaskConnection{}
	if w.Has("totalCount") {
		if conn.TotalCount, err = query.Clone().Count(ctx); err != nil {
			return nil, fmt.Errorf("count tasks: %w", err)
		}
	}
	of := append(w.Of("nodes"), w.Of("edges").Of("node")...)
	query = selectColumns(query, of, win.order.column)
	query.Where(win.apply)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tasks: %w", err)
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

func filterTasks(query *ent.TaskQuery, f *model.TaskFilter) {
	if f == nil {
		return
	}
	if f.TemplateID != nil {
		id, _ := number(*f.TemplateID)
		query.Where(enttask.TemplateID(id))
	}
	if f.State != nil {
		states := make([]enttask.State, len(f.State))
		for i, s := range f.State {
			states[i] = enttask.State(s)
		}
		query.Where(enttask.StateIn(states...))
	}
	if f.CreateMethod != nil {
		methods := make([]enttask.CreateMethod, len(f.CreateMethod))
		for i, m := range f.CreateMethod {
			methods[i] = enttask.CreateMethod(m)
		}
		query.Where(enttask.CreateMethodIn(methods...))
	}
	if f.Creator != nil {
		query.Where(enttask.Creator(*f.Creator))
	}
	if f.CreatedFrom != nil {
		query.Where(enttask.CreateTimeGTE(*f.CreatedFrom))
	}
	if f.CreatedBefore != nil {
		query.Where(enttask.CreateTimeLT(*f.CreatedBefore))
	}
	if f.NameContains != nil {
		query.Where(enttask.NameContainsFold(*f.NameContains))
	}
}

// selectColumns asks for the columns that the wanted fields need and no others.
func selectColumns(query *ent.TaskQuery, w Want, more ...string) *ent.TaskQuery {
	columns := append([]string{enttask.FieldID, enttask.FieldSpaceID}, more...)
	for _, s := range w {
		for _, f := range s.Fields {
			if column, ok := taskColumns[f.Name]; ok {
				columns = append(columns, column)
			}
		}
	}
	return query.Select(unique(columns)...).TaskQuery
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
			Where(taskmock.TaskIDIn(ids(rows, func(t *ent.Task) []int { return []int{t.ID} })...)).All(ctx)
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
	return views, nil
}

// taskSnapshots loads both trees of the tasks with one statement.
func (r *Reader) taskSnapshots(ctx context.Context, views []*model.Task, w Want) error {
	chosen, running := w.Has("snapshot"), w.Has("executionSnapshot", "parameters", "nodes")
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
	found, err := r.snapshots(ctx, list, append(w.Of("snapshot"), w.Of("executionSnapshot")...), w.Has("parameters", "nodes"))
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

func unique(columns []string) []string {
	kept := columns[:0]
	for i, c := range columns {
		first := true
		for _, earlier := range columns[:i] {
			first = first && earlier != c
		}
		if first {
			kept = append(kept, c)
		}
	}
	return kept
}
