package template

import (
	"context"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/snapshot"
)

// GetAll returns the trees of several snapshots, those that are not in memory by
// one statement. Ids without a snapshot are left out.
func (t *Trees) GetAll(ctx context.Context, client *ent.Client, ids []int) (map[int]*Tree, error) {
	trees := make(map[int]*Tree, len(ids))
	var missing []int
	for _, id := range ids {
		if tree, ok := t.cached(id); ok {
			trees[id] = tree
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return trees, nil
	}
	rows, err := client.Snapshot.Query().Where(snapshot.IDIn(missing...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %d snapshots: %w", len(missing), err)
	}
	for _, row := range rows {
		tree, err := t.add(row)
		if err != nil {
			return nil, err
		}
		trees[row.ID] = tree
	}
	return trees, nil
}
