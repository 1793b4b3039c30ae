package run

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"rehearse.dev/ent"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/template"
)

// planNodes bounds the cache of plans: about so many nodes in all.
const planNodes = 200_000

// Plans keeps compiled trees by snapshot and language. Both never change, so an
// entry is never stale. It is safe for concurrent use.
type Plans struct {
	trees   *template.Trees
	plugins engine.Catalog

	mu    sync.Mutex
	lru   *simplelru.LRU[planKey, *engine.Plan]
	nodes int
}

type planKey struct {
	snapshotID int
	language   string
}

// NewPlans makes an empty cache over trees, for the given plugins.
func NewPlans(trees *template.Trees, plugins engine.Catalog) *Plans {
	p := &Plans{trees: trees, plugins: plugins}
	// The size is positive, which is all that NewLRU checks.
	p.lru, _ = simplelru.NewLRU(planNodes, func(_ planKey, plan *engine.Plan) { p.nodes -= weight(plan) })
	return p
}

// Get returns the plan of a stored tree whose gateways speak the language unless
// they name their own. A tree that cannot run is a fault with all its problems;
// other errors are those of the client.
func (p *Plans) Get(ctx context.Context, client *ent.Client, snapshotID int, language string) (*engine.Plan, error) {
	key := planKey{snapshotID, language}
	if plan, ok := p.cached(key); ok {
		return plan, nil
	}
	tree, err := p.trees.Get(ctx, client, snapshotID)
	if err != nil {
		return nil, fmt.Errorf("tree of the run: %w", err)
	}
	plan, err := engine.Compile(tree.Pipeline, p.options(language))
	if err != nil {
		return nil, err
	}
	p.keep(key, plan)
	return plan, nil
}

// Forget drops everything: ids may mean other trees now.
func (p *Plans) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lru.Purge()
}

// options are what every plan is compiled with: inner nodes are named by their
// paths.
func (p *Plans) options(language string) engine.Options {
	return engine.Options{Plugins: p.plugins, Language: language, InnerPaths: true}
}

func (p *Plans) cached(key planKey) (*engine.Plan, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lru.Get(key)
}

func (p *Plans) keep(key planKey, plan *engine.Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if weight(plan) > planNodes || p.lru.Contains(key) {
		return
	}
	p.nodes += weight(plan)
	p.lru.Add(key, plan)
	for p.nodes > planNodes {
		p.lru.RemoveOldest()
	}
}

func weight(plan *engine.Plan) int { return len(plan.Keys()) + 1 }
