package simulate

import (
	"encoding/json"
	"errors"
	"fmt"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// Case is one conformance case: a tree, what is done with it, and what the
// reference engine made of it.
type Case struct {
	Name    string      `json:"name"`
	Request Request     `json:"request"`
	Expect  Expectation `json:"expect"`
}

// Request is what is run.
type Request struct {
	Tree          json.RawMessage         `json:"pipeline_tree"`
	Mock          *MockData               `json:"mock"`
	Ops           []CaseOp                `json:"ops"`
	ValidateWeb   bool                    `json:"validate_web"`
	CycleTolerate *bool                   `json:"cycle_tolerate"`
	RerunLimit    int                     `json:"rerun_limit"`
	System        map[string]engine.Value `json:"system"`
	SpaceVars     map[string]engine.Value `json:"space_vars"`
	Options       struct {
		StartNode string `json:"start_node_id"`
	} `json:"options"`
}

// MockData is mock data in the form of the reference. An absent part leaves what
// is in force, when it is merged.
type MockData struct {
	Nodes     []string                `json:"nodes"`
	Outputs   map[string]engine.Value `json:"outputs"`
	FailNodes []string                `json:"fail_nodes"`
	Errors    map[string]string       `json:"errors"`
}

// Engine gives the data in the form of the engine.
func (m *MockData) Engine() engine.Mock {
	if m == nil {
		return engine.Mock{}
	}
	return engine.Mock{Nodes: m.Nodes, Outputs: m.Outputs, FailNodes: m.FailNodes, Errors: m.Errors}
}

// CaseOp is one operation of a case.
type CaseOp struct {
	Op       engine.Op    `json:"op"`
	Node     string       `json:"node_id"`
	Loop     bool         `json:"loop"`
	Data     engine.Value `json:"data"`
	Version  string       `json:"version"`
	Flow     string       `json:"flow_id"`
	Flows    []string     `json:"flow_ids"`
	Converge string       `json:"converge_gateway_id"`
	ExData   string       `json:"ex_data"`
	Mock     *MockData    `json:"mock"`
}

// Engine gives the operation in the form of the engine. It fails for new inputs
// that are no object.
func (o *CaseOp) Engine() (engine.Operation, error) {
	op := engine.Operation{
		Op: o.Op, Node: o.Node, Loop: o.Loop, Version: o.Version,
		Flow: o.Flow, Flows: o.Flows, Converge: o.Converge, Reason: o.ExData, Operator: "admin",
	}
	switch o.Op {
	case engine.OpCallback:
		op.Data = o.Data
	case engine.OpForcedFail:
		if text, ok := o.Data.Any.(string); ok && op.Reason == "" {
			op.Reason = text
		}
	case engine.OpRetry:
		inputs, ok := o.Data.Any.(*expr.Dict)
		if !ok && o.Data.Any != nil {
			return op, errors.New("the inputs of a retry are no object")
		}
		op.Inputs = engine.Fields{Dict: inputs}
	case engine.OpMock:
		mock := o.Mock.Engine()
		op.Mock = &mock
	}
	return op, nil
}

// Expectation is what the reference engine answered.
type Expectation struct {
	Rejected string                  `json:"rejected"`
	States   map[string]StateOf      `json:"states"`
	Inputs   map[string]engine.Value `json:"inputs"`
	Outputs  map[string]engine.Value `json:"outputs"`
	Context  map[string]engine.Value `json:"context"`
	Ops      []bool                  `json:"ops"`
	Seconds  float64                 `json:"virtual_seconds"`
	// Histories counts the history records of the nodes that have any.
	Histories map[string]int `json:"history_counts"`
	// Trace is the order of state changes; an empty one was not observed.
	Trace [][2]string `json:"trace"`

	parallel bool // the run had branches whose order is free
}

// StateOf is the state of one node.
type StateOf struct {
	State        engine.NodeState `json:"state"`
	Loop         int              `json:"loop"`
	InnerLoop    int              `json:"inner_loop"`
	Retry        int              `json:"retry"`
	Skip         bool             `json:"skip"`
	ErrorIgnored bool             `json:"error_ignored"`
}

// rejections names the codes of problems as the cases do.
var rejections = map[string]string{
	flow.InvalidTree: "invalid_tree", flow.Variable: "invalid_tree", flow.Connection: "connection",
	flow.GatewayPairing: "gateway_pairing", flow.Stream: "stream", flow.Cycle: "cycle",
	flow.StartPosition: "start_position",
}

// Play runs a case and returns what came of it, in the form of an expectation.
// The error is for requests that cannot be run at all.
// Of config only what says how to run counts; the run's own data are the case's.
func (c *Case) Play(catalog engine.Catalog, config Config) (*Expectation, error) {
	run, ops, rejected, err := c.Run(catalog, config)
	if err != nil || rejected != "" {
		return &Expectation{Rejected: rejected}, err
	}
	got := &Expectation{Ops: ops}
	got.collect(run)
	return got, nil
}

// Run runs a case and returns the run at its end and which operations succeeded;
// or, for a tree that is refused, the kind of the first problem.
func (c *Case) Run(catalog engine.Catalog, config Config) (run *Run, ops []bool, rejected string, err error) {
	plan, problems, err := c.compile(catalog, config.StepLimit)
	if err != nil {
		return nil, nil, "", err
	}
	if len(problems) > 0 {
		return nil, nil, rejections[problems[0].Code], nil
	}
	config.Init = c.init()
	run = New(plan, config)
	if err := run.Start(); err != nil {
		return nil, nil, "", err
	}
	for i := range c.Request.Ops {
		ok, err := c.apply(run, i)
		if err != nil {
			return nil, nil, "", err
		}
		ops = append(ops, ok)
	}
	return run, ops, "", nil
}

func (c *Case) apply(run *Run, i int) (ok bool, err error) {
	op, err := c.Request.Ops[i].Engine()
	if err != nil {
		return false, nil
	}
	err = run.Apply(op)
	var refused *engine.RefusedError
	if errors.As(err, &refused) {
		return false, nil
	}
	return err == nil, err
}

// compile checks the tree as the reference does before a start, and compiles it.
func (c *Case) compile(catalog engine.Catalog, stepLimit int) (*engine.Plan, []fault.Problem, error) {
	tree, err := flow.Parse(c.Request.Tree)
	if err != nil {
		if f := fault.As(err); f != nil {
			return nil, f.Problems, nil
		}
		return nil, nil, err
	}
	options := []flow.Option{flow.StartNode(c.Request.Options.StartNode)}
	if c.Request.ValidateWeb {
		options = append(options, flow.Web())
	}
	if t := c.Request.CycleTolerate; t != nil && !*t {
		options = append(options, flow.RefuseCycles())
	}
	problems := tree.Validate(options...)
	if c.Request.ValidateWeb && len(problems) == 0 {
		problems = engine.CheckVariables(tree)
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	plan, err := engine.Compile(tree, engine.Options{Plugins: catalog, StepLimit: stepLimit})
	if f := fault.As(err); f != nil {
		return nil, f.Problems, nil
	}
	return plan, nil, err
}

// init gives the run what the reference's cases began with: a task with id 1, as
// far as the request does not say otherwise.
func (c *Case) init() engine.Init {
	system := expr.DictOf("task_id", int64(1), "operator", "admin", "executor", "admin", "is_mock", c.Request.Mock != nil)
	for key, v := range c.Request.System {
		system.Set(key, v.Any)
	}
	space := make(map[string]any, len(c.Request.SpaceVars))
	for key, v := range c.Request.SpaceVars {
		space[key] = v.Any
	}
	return engine.Init{
		StartNode: c.Request.Options.StartNode, System: system, Space: space,
		Mock: c.Request.Mock.Engine(), RerunLimit: c.Request.RerunLimit, Seed: 1,
	}
}

// collect reads everything that a case compares from a run.
func (x *Expectation) collect(run *Run) {
	state := run.State()
	x.States = make(map[string]StateOf, len(state.Rows))
	x.Inputs, x.Outputs = map[string]engine.Value{}, map[string]engine.Value{}
	x.Context, x.Histories = map[string]engine.Value{}, map[string]int{}
	for key, row := range state.Rows {
		x.States[key] = StateOf{row.State, row.Loop, row.InnerLoop, row.Retry, row.Skip, row.ErrorIgnored}
		if row.Inputs.Len() > 0 {
			x.Inputs[key] = engine.Value{Any: row.Inputs.Dict}
		}
		if row.Outputs.Len() > 0 {
			x.Outputs[key] = engine.Value{Any: row.Outputs.Dict}
		}
		if row.Histories > 0 {
			x.Histories[key] = row.Histories
		}
	}
	context := run.Context()
	for i := range context.Len() {
		key, v := context.At(i)
		x.Context[fmt.Sprint(key)] = engine.Value{Any: v}
	}
	x.Seconds = run.Elapsed().Seconds()
	x.parallel = run.parallel()
	for i := range run.Log() {
		if record := &run.Log()[i]; record.Kind == engine.RecordState {
			x.Trace = append(x.Trace, [2]string{record.Node, string(record.State)})
		}
	}
}
