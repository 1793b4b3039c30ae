package simulate

import (
	"slices"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/flow"
)

// Report is what a run came to, for people and programs.
type Report struct {
	// State is the shown state of the whole run, Seconds the virtual time it took.
	State   engine.Shown `json:"state"`
	Seconds float64      `json:"virtualSeconds"`
	// Stopped lists the real calls that the run stands at; they were not made.
	Stopped []Stop `json:"stopped,omitempty"`
	// Waiting lists the nodes that wait for a callback or for somebody's decision.
	Waiting []string     `json:"waiting,omitempty"`
	Nodes   []NodeReport `json:"nodes"`
	// Decisions and Unresolved are in order of time.
	Decisions  []DecisionReport   `json:"decisions,omitempty"`
	Unresolved []UnresolvedReport `json:"unresolved,omitempty"`
	// Outputs are the outputs of the pipeline, Context the variables at the end.
	Outputs engine.Fields `json:"outputs"`
	Context engine.Fields `json:"context"`
}

// Stop is a real call that was not made.
type Stop struct {
	Node          string        `json:"node"`
	Plugin        string        `json:"plugin"`
	PluginVersion string        `json:"pluginVersion"`
	Inputs        engine.Fields `json:"inputs"`
}

// NodeReport is one node that was reached.
type NodeReport struct {
	Node   string        `json:"node"`
	Name   string        `json:"name,omitempty"`
	Kind   flow.NodeKind `json:"kind"`
	Plugin string        `json:"plugin,omitempty"`
	Mocked bool          `json:"mocked,omitempty"`
	State  engine.Shown  `json:"state"`
	Loop   int           `json:"loop"`
	Retry  int           `json:"retry,omitempty"`
	// Skipped and ErrorIgnored say that the node failed and the flow went on.
	Skipped      bool            `json:"skipped,omitempty"`
	ErrorIgnored bool            `json:"errorIgnored,omitempty"`
	Why          *engine.Failure `json:"why,omitempty"`
	Inputs       engine.Fields   `json:"inputs"`
	Outputs      engine.Fields   `json:"outputs"`
	// Began and Took are virtual seconds.
	Began float64 `json:"beganSeconds"`
	Took  float64 `json:"tookSeconds"`
}

// DecisionReport is one decision of a gateway.
type DecisionReport struct {
	Node string `json:"node"`
	Loop int    `json:"loop"`
	*engine.Decision
}

// UnresolvedReport is one piece that stayed text.
type UnresolvedReport struct {
	Node string `json:"node"`
	Loop int    `json:"loop"`
	*engine.Unresolved
}

// Report sums the run up. Nodes are in the order in which they were reached.
func (r *Run) Report() *Report {
	report := &Report{
		State: r.state.Show(r.plan), Seconds: r.Elapsed().Seconds(),
		Context: engine.Fields{Dict: r.Context()},
	}
	if root := r.state.Rows[r.state.Root]; root != nil {
		report.Outputs = root.Outputs
	}
	for _, c := range r.Calls() {
		report.Stopped = append(report.Stopped, Stop{c.Node, c.Plugin, c.PluginVersion, c.Inputs})
	}
	seen := map[string]bool{r.state.Root: true}
	for i := range r.log {
		record := &r.log[i]
		switch record.Kind {
		case engine.RecordState:
			if !seen[record.Node] {
				seen[record.Node] = true
				report.Nodes = append(report.Nodes, r.node(record.Node))
			}
		case engine.RecordDecision:
			report.Decisions = append(report.Decisions, DecisionReport{record.Node, record.Loop, record.Decision})
		case engine.RecordUnresolved:
			report.Unresolved = append(report.Unresolved, UnresolvedReport{record.Node, record.Loop, record.Unresolved})
		}
	}
	for i := range report.Nodes {
		if r.waits(report.Nodes[i].Node) {
			report.Waiting = append(report.Waiting, report.Nodes[i].Node)
		}
	}
	return report
}

func (r *Run) node(key string) NodeReport {
	row := r.state.Rows[key]
	info, _ := r.plan.Node(key)
	n := NodeReport{
		Node: key, Name: info.Name, Kind: info.Kind, Mocked: slices.Contains(r.state.Mock.Nodes, key),
		State: r.state.ShowNode(r.plan, key), Loop: row.Loop, Retry: row.Retry,
		Skipped: row.Skip, ErrorIgnored: row.ErrorIgnored, Why: row.Why, Inputs: row.Inputs, Outputs: row.Outputs,
		Began: r.since(row.Started),
	}
	if info.Plugin != "" {
		n.Plugin = info.Plugin + "@" + info.PluginVersion
	}
	if !row.Archived.IsZero() && !row.Started.IsZero() {
		n.Took = row.Archived.Sub(row.Started).Seconds()
	}
	return n
}

func (r *Run) since(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return t.Sub(r.start).Seconds()
}

// waits tells whether a node waits for somebody: it failed, is paused, or wants a
// callback.
func (r *Run) waits(key string) bool {
	row := r.state.Rows[key]
	return row.State == engine.Failed || row.State == engine.Suspended || r.WantsCallback(key)
}

// WantsCallback tells whether the node with that key stands and waits for a callback.
func (r *Run) WantsCallback(key string) bool {
	row := r.state.Rows[key]
	if row == nil || row.State != engine.Running || row.Schedule == nil {
		return false
	}
	s := row.Schedule
	return s.Pending == 0 && !s.Finished && s.Kind != engine.Poll
}
