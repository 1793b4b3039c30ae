package read

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/taskevent"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/fault"
)

// MaxEvents is how many events one list shows at most.
const MaxEvents = 1000

var eventColumns = []column[ent.TaskEvent]{
	{taskevent.FieldTaskID, func(e *ent.TaskEvent) any { return whole{&e.TaskID} }},
	{taskevent.FieldFirstSeq, func(e *ent.TaskEvent) any { return whole{&e.FirstSeq} }},
	{taskevent.FieldEvents, func(e *ent.TaskEvent) any { return (*[]byte)(&e.Events) }},
}

// span are the events of numbers above after, up to and with to.
type span struct{ after, to int }

// eventSpan reads the arguments of an events field; impossible ones are a
// fault.CodeInvalid. Validation has checked their types and filled in what was left
// out.
func eventSpan(ctx context.Context, f *Field) (span, error) {
	args := f.AST.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
	after, err := graphql.UnmarshalInt(args["after"])
	if err != nil {
		return span{}, err
	}
	first, err := graphql.UnmarshalInt(args["first"])
	if err != nil {
		return span{}, err
	}
	var problems []fault.Problem
	if after < 0 {
		problems = append(problems, fault.Problem{Code: "INVALID_VALUE", Message: "after must not be negative", Path: []string{"after"}})
	}
	if first < 1 || first > MaxEvents {
		problems = append(problems, fault.Problem{
			Code: "INVALID_VALUE", Message: fmt.Sprintf("first must be 1 to %d", MaxEvents), Path: []string{"first"},
		})
	}
	if len(problems) > 0 {
		return span{}, fault.Invalid(problems...)
	}
	return span{after, after + first}, nil
}

// eventLists loads every list of events that is asked for, one statement for each
// alias, whatever the number of tasks.
func (r *Reader) eventLists(ctx context.Context, views []*model.Task, w Want) error {
	for _, field := range w.Fields("events") {
		asked, err := eventSpan(ctx, field)
		if err != nil {
			return err
		}
		rows, err := r.selectEvents(ctx, ids(views, taskID), asked)
		if err != nil {
			return err
		}
		lists := make(map[int][]model.TaskEvent, len(views))
		for _, row := range rows {
			more, err := showEvents(row, asked)
			if err != nil {
				return err
			}
			lists[row.TaskID] = append(lists[row.TaskID], more...)
		}
		for _, v := range views {
			if v.Events == nil {
				v.Events = make(map[string][]model.TaskEvent, 1)
			}
			v.Events[field.Alias] = append([]model.TaskEvent{}, lists[v.ID]...)
		}
	}
	return nil
}

// selectEvents reads the stored lists that have events of the span, in order. The
// numbers of a task have no gaps, so that the span itself is the limit.
func (r *Reader) selectEvents(ctx context.Context, tasks []int, s span) ([]*ent.TaskEvent, error) {
	names, dest := columnSet(eventColumns, map[string]bool{
		taskevent.FieldTaskID: true, taskevent.FieldFirstSeq: true, taskevent.FieldEvents: true,
	})
	q := r.selectFrom(taskevent.Table, names)
	in(q, taskevent.FieldTaskID, tasks)
	q.and("last_seq > ?", s.after)
	q.and("first_seq <= ?", s.to)
	q.add(" ORDER BY task_id, last_seq")
	rows, err := scan(ctx, r.rows, q, dest)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return rows, nil
}

// showEvents shows those events of a stored list that belong to the span.
func showEvents(row *ent.TaskEvent, s span) ([]model.TaskEvent, error) {
	events, err := event.Decode(row.Events, row.FirstSeq)
	if err != nil {
		return nil, fmt.Errorf("task %d: %w", row.TaskID, err)
	}
	from := min(max(s.after+1-row.FirstSeq, 0), len(events))
	to := min(max(s.to+1-row.FirstSeq, from), len(events))
	views, err := model.EventsOf(events[from:to])
	if err != nil {
		return nil, fmt.Errorf("task %d: %w", row.TaskID, err)
	}
	return views, nil
}
