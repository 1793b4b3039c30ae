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
		Credentials: []*model.NodeCredential{},
	}
	if plan.VersionID == 0 {
		return view, nil
	}
	var err error
	if view.Version, err = r.Reader.PlannedVersion(ctx, plan.VersionID, r.want(ctx).Of("version")); err != nil {
		return nil, err
	}
	digest := plan.ExecutionDigest()
	view.ExecutionDigest = &digest
	frozen, err := frozenMock(plan)
	if err != nil {
		return nil, err
	}
	view.Mock = &model.TaskMock{TaskMock: frozen}
	if r.want(ctx).Has("credentials") {
		view.Credentials, err = r.nodeCredentials(ctx, plan)
	}
	return view, err
}

// nodeCredentials shows what the nodes would call with; no secret gets this far.
func (r *Resolver) nodeCredentials(ctx context.Context, plan *task.Plan) ([]*model.NodeCredential, error) {
	nodes, err := r.Tasks.PreviewCredentials(ctx, plan)
	views := make([]*model.NodeCredential, len(nodes))
	for i, n := range nodes {
		views[i] = &model.NodeCredential{
			NodeID: n.NodeID, Source: given(model.CredentialSource(n.Source)), Name: given(n.Name),
			AppCode: given(n.AppCode), Problem: given(n.Problem), Skipped: n.Skipped,
		}
	}
	return views, err
}

// given is nil for an empty text, which the API shows as null.
func given[T ~string](text T) *T {
	if text == "" {
		return nil
	}
	return &text
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
