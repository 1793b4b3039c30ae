package read

import (
	"context"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/snapshot"
	"rehearse.dev/graph/model"
)

// snapshots loads trees by id. The document is only read when it is shown; what
// looks inside a tree comes from the cache of parsed trees.
func (r *Reader) snapshots(ctx context.Context, list []int, w Want, inside bool) (map[int]*model.Snapshot, error) {
	if inside && len(w) == 0 {
		return r.onlyTrees(ctx, list)
	}
	columns := []string{snapshot.FieldID, snapshot.FieldDigest, snapshot.FieldCreateTime}
	if w.Has("pipelineTree") {
		columns = append(columns, snapshot.FieldDocument)
	}
	rows, err := r.db.Snapshot.Query().Where(among(snapshot.FieldID, list)).Select(columns...).All(ctx)
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

// onlyTrees makes views that nothing but the inside of the tree is asked of: a tree
// that is in memory costs no statement.
func (r *Reader) onlyTrees(ctx context.Context, list []int) (map[int]*model.Snapshot, error) {
	trees, err := r.trees.GetAll(ctx, r.db, list)
	if err != nil {
		return nil, err
	}
	found := make(map[int]*model.Snapshot, len(list))
	for _, id := range list {
		found[id] = &model.Snapshot{Snapshot: &ent.Snapshot{ID: id}, Tree: trees[id]}
	}
	return found, nil
}
