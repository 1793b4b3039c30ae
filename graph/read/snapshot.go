package read

import (
	"context"
	"fmt"

	"rehearse.dev/ent/snapshot"
	"rehearse.dev/graph/model"
)

// snapshots loads trees by id. The document is only read when it is shown; what
// looks inside a tree comes from the cache of parsed trees.
func (r *Reader) snapshots(ctx context.Context, list []int, w Want, inside bool) (map[int]*model.Snapshot, error) {
	columns := []string{snapshot.FieldID, snapshot.FieldDigest, snapshot.FieldCreateTime}
	if w.Has("pipelineTree") {
		columns = append(columns, snapshot.FieldDocument)
	}
	rows, err := r.db.Snapshot.Query().Where(snapshot.IDIn(list...)).Select(columns...).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read snapshots: %w", err)
	}
	found := make(map[int]*model.Snapshot, len(rows))
	for _, row := range rows {
		found[row.ID] = &model.Snapshot{Snapshot: row}
	}
	if !inside && !w.Has("nodes", "flows") {
		return found, nil
	}
	trees, err := r.trees.GetAll(ctx, r.db, list)
	if err != nil {
		return nil, err
	}
	for id, view := range found {
		view.Tree = trees[id]
	}
	return found, nil
}
