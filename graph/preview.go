package graph

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/task"
)

// preview shows what creating a task would come to.
func (r *Resolver) preview(ctx context.Context, plan *task.Plan) (*model.MockTaskPreview, error) {
	view := &model.MockTaskPreview{
		NotifyConfig: plan.NotifyConfig, Parameters: plan.Parameters(),
		Warnings: model.UserErrors(plan.Warnings, "input"), UserErrors: model.UserErrors(plan.Problems, "input"),
	}
	if plan.VersionID == 0 {
		return view, nil
	}
	var err error
	if view.Version, err = back[*model.PipelineVersion](ctx, r, "version", plan.VersionID); err != nil {
		return nil, err
	}
	digest := plan.ExecutionDigest()
	view.ExecutionDigest = &digest
	frozen, err := frozenMock(plan)
	if err != nil {
		return nil, err
	}
	view.Mock = &model.TaskMock{TaskMock: frozen}
	return view, nil
}

// frozenMock is the row that creating the task would write.
func frozenMock(plan *task.Plan) (*ent.TaskMock, error) {
	row := &ent.TaskMock{Outputs: plan.Mock.Outputs}
	for to, from := range map[*json.RawMessage]any{
		&row.Nodes: plan.Mock.Nodes, &row.PresetIds: plan.Mock.PresetIDs, &row.Failures: plan.Mock.Failures,
	} {
		raw, err := json.Marshal(from)
		if err != nil {
			return nil, fmt.Errorf("encode mock data: %w", err)
		}
		*to = raw
	}
	return row, nil
}
