package graph

import (
	"context"
	"errors"

	"rehearse.dev/graph/model"
)

func (r *Resolver) taskEvents(context.Context, string, int) (<-chan model.TaskEvent, error) {
	return nil, errors.New("not yet")
}

func (r *Resolver) taskUpdated(context.Context, string) (<-chan *model.Task, error) {
	return nil, errors.New("not yet")
}
