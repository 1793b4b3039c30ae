package engine

import (
	"time"

	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// DefaultRerunLimit is how often a finished node may be entered again when
// nothing else is configured. The test is made on the count before the entry, so
// a node runs at most limit+1 times (engine §6.1).
const DefaultRerunLimit = 100

// DefaultStepLimit is how many nodes one Step enters before it leaves the rest to
// the next one: some tenth of a second of work.
const DefaultStepLimit = 25_000

// InvalidTree is the code of problems that Compile reports. They do not occur in
// a tree that flow.Pipeline.Validate accepts.
const InvalidTree = flow.InvalidTree

// Options are the settings that a plan is compiled for.
type Options struct {
	// Plugins knows the plugins by code and version; nil knows none.
	Plugins Catalog
	// RerunLimit is the limit of re-entries per node; 0 means DefaultRerunLimit.
	RerunLimit int
	// StepLimit is how many nodes one Step enters at most; 0 means DefaultStepLimit. A
	// step that meets it asks for a wake-up at once (TimerContinue).
	StepLimit int
	// Location is the time zone of dates without one; nil means Asia/Shanghai, the
	// zone of the reference installation.
	Location *time.Location
	// Language is the condition language of gateways that name none; "" means
	// boolrule.
	Language string
	// InnerPaths names every node inside a sub-process by its path, "outer/inner"
	// (flow.Pipeline.Paths), so that a template may be used twice. It also makes a
	// reference that nobody resolved a sub-process without an inside: it can be mocked
	// as a whole, and fails otherwise. Without it an inner node has its own id wherever
	// that is unique, as in the reference engine, and a reference is a problem.
	InnerPaths bool
}

// Plan is a compiled pipeline tree. It is immutable and safe for concurrent use.
type Plan struct {
	root     *scopePlan
	nodes    map[string]*node
	keys     []string
	scopes   map[string]*scopePlan
	plugins  Catalog
	limit    int
	location *time.Location

	stepLimit int
}

// scopePlan is one pipeline: the root or the inside of a sub-process. It is a
// variable scope of its own.
type scopePlan struct {
	// key names the scope and its state row: the tree's id for the root, the key of
	// the sub-process node for an inner pipeline.
	key        string
	owner      *node // the sub-process node, nil for the root
	start, end *node
	// visible is false when the inner pipeline's id is not its node's id. The
	// reference then stores the constants where nobody reads them (engine §1); the
	// bindings of outputs and the pipeline's outputs work all the same.
	visible   bool
	nodes     []*node
	variables []*variable
	byKey     map[string]*variable
	outputs   []string
	preRender []string
}

// node is one executable node.
type node struct {
	// key is the node's id or its path; see Options.InnerPaths.
	key, id, name string
	kind          flow.NodeKind
	scope         *scopePlan
	flows         []edge
	next          *node // the only successor of events, activities and converges
	converge      *node
	conditions    []condition
	fallback      *edge
	language      string
	activity      *flow.Activity
	plugin        Plugin
	spec          Spec // of the plugin
	inputs        []input
	// constant are the inputs of a first pass when none of them is rendered. They are
	// shared by all runs and never changed.
	constant *expr.Dict
	refs     []string // variables that the inputs or conditions refer to
	bindings []binding
	inner    *scopePlan
}

type edge struct {
	flow, name string
	target     *node
}

type condition struct {
	edge
	text string
}

// input is one field of an activity or one parameter of a sub-process.
type input struct {
	key    string
	value  any
	render bool
}

// binding copies the output source of a node to the variable key.
type binding struct{ source, key string }

// Compile prepares a tree for execution. The tree should have passed
// flow.Pipeline.Validate; what is still missing for a run (no start event, a flow
// to nowhere, a parallel gateway without converge) is reported as a fault with
// every problem found.
func Compile(p *flow.Pipeline, options Options) (*Plan, error) {
	c := &compiler{plan: &Plan{
		nodes:    map[string]*node{},
		scopes:   map[string]*scopePlan{},
		plugins:  options.Plugins,
		limit:    options.RerunLimit,
		location: options.Location,
	}, options: options, ids: map[string]int{}}
	if c.plan.limit <= 0 {
		c.plan.limit = DefaultRerunLimit
	}
	if c.plan.stepLimit = options.StepLimit; c.plan.stepLimit <= 0 {
		c.plan.stepLimit = DefaultStepLimit
	}
	if c.plan.location == nil {
		c.plan.location = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	c.countIDs(p)
	key := p.ID
	for key == "" || c.ids[key] > 0 {
		key += "pipeline"
	}
	c.plan.root = c.scope(p, key, nil)
	if len(c.problems) > 0 {
		return nil, fault.Invalid(c.problems...)
	}
	return c.plan, nil
}

// Root returns the key of the root row: the tree's id, or "pipeline" when the
// tree has none.
func (p *Plan) Root() string { return p.root.key }

// Keys returns the keys of all nodes, inner ones behind their sub-process, in
// document order. The slice belongs to the caller.
func (p *Plan) Keys() []string { return append([]string(nil), p.keys...) }

// NodeInfo is what a caller may want to know about a node of the plan.
type NodeInfo struct {
	// Key is how states, events and records name the node; ID is its id in the tree.
	Key, ID, Name string
	Kind          flow.NodeKind
	// Parent is the key of the pipeline that holds the node.
	Parent string
	// Plugin is the plugin's code and version for a service activity.
	Plugin, PluginVersion string
	// Known is false for a service activity whose plugin the catalog lacks.
	Known bool
	// Schedules and Pure are those of the plugin's Spec.
	Schedules bool
	Pure      bool
}

// Node describes the node with that key; ok is false when there is none.
func (p *Plan) Node(key string) (info NodeInfo, ok bool) {
	n := p.nodes[key]
	if n == nil {
		return NodeInfo{}, false
	}
	info = NodeInfo{Key: n.key, ID: n.id, Name: n.name, Kind: n.kind, Parent: n.scope.key}
	if n.kind == flow.NodeKind(flow.ServiceActivity) && n.activity.Component != nil {
		info.Plugin, info.PluginVersion = n.activity.Component.Code, n.activity.Component.Version
		if n.plugin != nil {
			info.Known, info.Schedules, info.Pure = true, n.spec.Schedule != NoSchedule, n.spec.Pure
		}
	}
	return info, true
}
