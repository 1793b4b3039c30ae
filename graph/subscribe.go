package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/99designs/gqlgen/graphql"

	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
	"rehearse.dev/internal/fault"
)

// stated adds to a selection of a task what tells that it has ended.
func stated(w read.Want) read.Want {
	return append(w, &read.Selection{Type: "Task", Fields: []*read.Field{{Alias: "state", Name: "state"}}})
}

// watch begins to watch a task that the caller may read.
func (r *Resolver) watch(ctx context.Context, taskID string, after int) (*read.Watch, error) {
	if after < 0 {
		return nil, fault.Invalid(fault.Problem{Code: "INVALID_VALUE", Message: "afterSeq must not be negative", Path: []string{"afterSeq"}})
	}
	id := number(taskID)
	node, err := r.Reader.Node(ctx, id, func(string) read.Want { return stated(nil) })
	if err != nil {
		return nil, err
	}
	if _, ok := node.(*model.Task); !ok {
		return nil, fault.NotFound("there is no task %s", taskID)
	}
	return r.feeds.Watch(id, after), nil
}

// taskEvents sends what happens until the task has ended or ctx does. Nothing is
// read ahead for a client that is slow: what it has not taken waits in the tables.
func (r *Resolver) taskEvents(ctx context.Context, taskID string, after int) (<-chan model.TaskEvent, error) {
	w, err := r.watch(ctx, taskID, after)
	if err != nil {
		return nil, err
	}
	out := make(chan model.TaskEvent)
	go func() {
		defer close(out)
		defer w.Close()
		for {
			events, err := w.Next(ctx)
			if err != nil { // the end of the task or of the subscription
				return
			}
			for _, e := range events {
				if !send(ctx, out, e) {
					return
				}
			}
		}
	}()
	return out, nil
}

// taskUpdated sends the task as the selection shows it, once at first and then after
// changes. What is wrong with the selection is found out at first.
func (r *Resolver) taskUpdated(ctx context.Context, taskID string) (<-chan *model.Task, error) {
	key, want, err := r.selected(ctx)
	if err != nil {
		return nil, err
	}
	w, err := r.watch(ctx, taskID, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	first, err := w.Task(ctx, key, want)
	if errors.Is(err, io.EOF) {
		err = fault.NotFound("there is no task %s", taskID)
	}
	if err != nil {
		w.Close()
		return nil, err
	}
	out := make(chan *model.Task)
	go func() {
		defer close(out)
		defer w.Close()
		for view := first; send(ctx, out, view); {
			next, err := w.Task(ctx, key, want)
			for err != nil {
				if w.Retry(ctx, err) != nil {
					return
				}
				next, err = w.Task(ctx, key, want)
			}
			view = next
		}
	}()
	return out, nil
}

// selected is what the subscription of ctx asks of a task, and a key that it shares
// with subscriptions of the same text and variables by the same caller.
func (r *Resolver) selected(ctx context.Context) (key read.ViewKey, w read.Want, err error) {
	c, err := caller(ctx)
	if err != nil {
		return key, nil, err
	}
	variables, err := json.Marshal(graphql.GetOperationContext(ctx).Variables)
	if err != nil {
		return key, nil, fmt.Errorf("encode variables: %w", err)
	}
	return read.KeyOf(c, graphql.GetFieldContext(ctx).Field.Field, string(variables)), stated(r.want(ctx)), nil
}

// send gives up when ctx ends.
func send[T any](ctx context.Context, out chan<- T, v T) bool {
	select {
	case out <- v:
		return true
	case <-ctx.Done():
		return false
	}
}
