package template

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"rehearse.dev/ent"
	"rehearse.dev/ent/snapshot"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// DefaultTreeBytes is a budget for Trees that holds some thousand trees of usual size.
const DefaultTreeBytes = 64 << 20

// A parsed tree takes several times the memory of its document, and a little even
// when that is tiny.
const (
	treeFactor   = 6
	treeOverhead = 2 << 10
)

// Trees keeps parsed trees by the id of their snapshot. Snapshots never change, so
// an entry is never stale; the least recently used ones make room. It is safe for
// concurrent use.
type Trees struct {
	checkVariables func(*flow.Pipeline) []fault.Problem
	budget         int
	loading        singleflight.Group

	mu    sync.Mutex
	lru   *simplelru.LRU[int, *Tree]
	spent int
}

// NewTrees makes an empty cache that may hold about budget bytes.
//
// checkVariables is engine.CheckVariables. It sits here and not in Deps because
// a tree carries all its problems, also those that only reads ask for.
func NewTrees(budget int, checkVariables func(*flow.Pipeline) []fault.Problem) *Trees {
	t := &Trees{checkVariables: checkVariables, budget: budget}
	size := max(1, budget/treeOverhead)
	// The size is positive, which is all that NewLRU checks.
	t.lru, _ = simplelru.NewLRU(size, func(_ int, tree *Tree) { t.spent -= cost(tree) })
	return t
}

// Get returns the tree of a snapshot, from memory or by one statement through
// client; concurrent calls for one snapshot share that statement.
//
// client must not belong to a transaction: after a rollback the id of a new
// snapshot would be given to another one, and the tree would stay. Errors are
// those of the client; a snapshot that does not exist is an ent.NotFoundError.
func (t *Trees) Get(ctx context.Context, client *ent.Client, snapshotID int) (*Tree, error) {
	if tree, ok := t.cached(snapshotID); ok {
		return tree, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Others may wait for this statement, so that it outlives its first caller.
	ctx = context.WithoutCancel(ctx)
	tree, err, _ := t.loading.Do(strconv.Itoa(snapshotID), func() (any, error) {
		if tree, ok := t.cached(snapshotID); ok {
			return tree, nil
		}
		return t.load(ctx, client, snapshotID)
	})
	if err != nil {
		return nil, err
	}
	return tree.(*Tree), nil
}

func (t *Trees) load(ctx context.Context, client *ent.Client, id int) (*Tree, error) {
	row, err := client.Snapshot.Query().Where(snapshot.ID(id)).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read snapshot %d: %w", id, err)
	}
	return t.add(row)
}

// add parses what was read and keeps it.
func (t *Trees) add(row *ent.Snapshot) (*Tree, error) {
	p, err := flow.Parse(row.Document)
	if err != nil {
		// %v: what is stored here was accepted once, so this is no fault of a caller.
		return nil, fmt.Errorf("parse snapshot %d: %v", row.ID, err)
	}
	tree := newTree(p, t.checkVariables)
	t.keep(row.ID, tree)
	return tree, nil
}

// Forget drops everything: ids may mean other trees now.
func (t *Trees) Forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lru.Purge()
}

func (t *Trees) cached(id int) (*Tree, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lru.Get(id)
}

func (t *Trees) keep(id int, tree *Tree) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cost(tree) > t.budget || t.lru.Contains(id) {
		return
	}
	t.spent += cost(tree)
	t.lru.Add(id, tree)
	for t.spent > t.budget {
		t.lru.RemoveOldest()
	}
}

func cost(tree *Tree) int { return treeOverhead + treeFactor*len(tree.Pipeline.Document()) }
