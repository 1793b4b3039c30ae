package flow

import "encoding/json"

// Pipeline is one parsed web-form pipeline tree. It is immutable after Parse:
// whoever wants another tree makes another document.
//
// The parts are kept in the order of the document, because the reference engine
// reads conditions and source_info in stored order.
type Pipeline struct {
	// ID is the optional id of the tree; inner trees carry their activity's id.
	ID         string
	Start      *Event
	End        *Event
	Activities []*Activity
	Gateways   []*Gateway
	Flows      []*Flow
	Constants  []*Constant
	// Outputs lists the constant keys ("${k}") that the pipeline answers with.
	Outputs []string

	doc json.RawMessage
	// prefix is the path of this tree in the outermost document.
	prefix []string
	// present names the known members that the document has.
	present  []string
	digest   func() string
	topology func() *topology

	nodes map[string]*Node
	order []*Node
	// twins are the nodes whose id another node of this tree has already.
	twins     []*Node
	flows     map[string]*Flow
	constants map[string]*Constant
}

// Event is the start or the end event.
type Event struct {
	ID, Name, Type     string
	Incoming, Outgoing []string
}

// ActivityKind tells the two kinds of activity apart.
type ActivityKind string

// The kinds of activity.
const (
	ServiceActivity ActivityKind = "ServiceActivity"
	SubProcess      ActivityKind = "SubProcess"
)

// Activity is a node that does work.
type Activity struct {
	ID, Name           string
	Kind               ActivityKind
	Incoming, Outgoing []string
	// Component is nil for a SubProcess.
	Component *Component
	// ErrorIgnorable lets the flow go on after a failure (engine §7.3).
	ErrorIgnorable bool
	// Optional lets the node be left out when a task is created.
	Optional bool
	// Skippable and Retryable gate the operations; both default to true and have
	// the older names isSkipped and can_retry.
	Skippable, Retryable bool
	AutoRetry            AutoRetry
	Timeout              Timeout
	Loop                 LoopConfig
	// Pipeline is the inner tree of a native SubProcess, nil for a reference.
	Pipeline *Pipeline
	// Reference is the template that a SubProcess stands for, nil when inline.
	Reference *TemplateReference

	inner string // the id in the value; ID is the name of the member
}

// Component names the plugin of a service activity and its inputs.
type Component struct {
	Code string
	// Version is "legacy" when the tree names none.
	Version string
	// Inputs are the data fields in document order.
	Inputs []Field
}

// Field is one input of a component.
type Field struct {
	Key string
	// Value is the JSON as it stands in the document.
	Value json.RawMessage
	// NeedRender is false when the tree forbids rendering; it defaults to true.
	NeedRender bool
	// IsParam is a raw flag of the tree; it excludes NeedRender.
	IsParam bool

	noHook, asksRender bool
}

// AutoRetry is the automatic retry of a failed node, already capped: at most 10
// times and 10 seconds, garbage counts as the cap (domain §1.9).
type AutoRetry struct {
	Enable          bool
	Times, Interval int
}

// Timeout is the node's time limit. Enable is false when the tree's seconds are
// not a positive whole number (domain §1.9 step 10).
type Timeout struct {
	// Declared is the raw enable flag, also when Seconds are unusable.
	Declared bool
	Enable   bool
	Seconds  int
	// Action is forced_fail or forced_fail_and_skip.
	Action string
}

// LoopConfig makes a node repeat itself (engine §6.3).
type LoopConfig struct {
	Enable               bool
	Times                int
	FailSkip             bool
	Retryable, Skippable bool
	OutputsKey           string
}

// TemplateReference is a SubProcess that names another template.
type TemplateReference struct {
	TemplateID      int64
	Version         string
	AlwaysUseLatest bool
	Constants       json.RawMessage
}

// GatewayKind tells the kinds of gateway apart.
type GatewayKind string

// The kinds of gateway.
const (
	ExclusiveGateway           GatewayKind = "ExclusiveGateway"
	ParallelGateway            GatewayKind = "ParallelGateway"
	ConditionalParallelGateway GatewayKind = "ConditionalParallelGateway"
	ConvergeGateway            GatewayKind = "ConvergeGateway"
)

// Gateway is a node that forks or joins.
type Gateway struct {
	ID, Name           string
	Kind               GatewayKind
	Incoming, Outgoing []string
	// Conditions are in stored order.
	Conditions []Condition
	// Default is nil when the gateway has no default branch.
	Default *DefaultCondition
	// Language is extra_info.parse_lang as written: "", "boolrule", "FEEL", "MAKO" …
	Language string

	inner string
}

// Condition belongs to one outgoing flow of a gateway.
type Condition struct {
	FlowID, Name, Evaluate string

	noEvaluate bool
}

// DefaultCondition is the branch that is taken when no condition holds.
type DefaultCondition struct {
	FlowID, Name string
}

// Flow connects two nodes.
type Flow struct {
	ID, Source, Target string
	IsDefault          bool

	inner string
	at    int // position in Pipeline.Flows
}

// Constant is one variable of the tree.
type Constant struct {
	// Key is written with its braces: "${order_no}".
	Key, Name, Desc string
	Index           int
	// ShowType is "show" or "hide", SourceType "custom", "component_inputs",
	// "component_outputs" or "system".
	ShowType, SourceType string
	// SourceInfo is in stored order; the first node with a key counts (engine §2).
	SourceInfo []Source
	SourceTag  string
	CustomType string
	Validation string
	Value      json.RawMessage
	// IsMeta says that Value was made from Meta, which is raw JSON or nil.
	IsMeta     bool
	Meta       json.RawMessage
	PreRender  bool
	NeedRender bool

	inner string // the key in the value; Key is the name of the member
}

// Source names a node and those of its outputs that a constant is bound to.
type Source struct {
	NodeID string
	Keys   []string
}
