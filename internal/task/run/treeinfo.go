package run

import (
	"context"
	"encoding/json"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/treeinfo"
)

// topology is what TreeInfo holds.
type topology struct {
	// Nodes are the keys of all nodes, inner ones behind their sub-process.
	Nodes []string `json:"nodes"`
	// Converges leads from a gateway that forks to the one that gathers its branches.
	Converges map[string]string `json:"converges"`
}

// treeInfo finds the topology of the tree that runs, and stores it at the first
// start of a task with that tree.
func (r *Runner) treeInfo(ctx context.Context, c *change) (int, error) {
	task := c.live.task
	if task.TreeInfoID != nil {
		return *task.TreeInfoID, nil
	}
	if id, ok := r.infos.Load(task.ExecutionSnapshotID); ok {
		return id.(int), nil
	}
	tree, err := r.Trees.Get(ctx, r.Store.Read, task.ExecutionSnapshotID)
	if err != nil {
		return 0, err
	}
	data, err := json.Marshal(topology{Nodes: c.live.plan.Keys(), Converges: tree.Pipeline.Pairing()})
	if err != nil {
		return 0, fmt.Errorf("encode the topology of snapshot %d: %w", task.ExecutionSnapshotID, err)
	}
	var id int
	err = r.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		err := tx.TreeInfo.Create().SetSnapshotID(task.ExecutionSnapshotID).SetData(data).
			OnConflict(sql.ConflictColumns(treeinfo.FieldSnapshotID), sql.DoNothing()).Exec(ctx)
		if err != nil && !ent.IsNotFound(err) && err.Error() != "sql: no rows in result set" {
			return err
		}
		id, err = tx.TreeInfo.Query().Where(treeinfo.SnapshotID(task.ExecutionSnapshotID)).OnlyID(ctx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store the topology of snapshot %d: %w", task.ExecutionSnapshotID, err)
	}
	r.infos.Store(task.ExecutionSnapshotID, id)
	return id, nil
}
