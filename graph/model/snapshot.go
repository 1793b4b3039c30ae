package model

import (
	"encoding/json"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/template"
)

// Snapshot is a stored tree; Tree is set when a query looks inside.
type Snapshot struct {
	*ent.Snapshot
	Tree *template.Tree
}

// PipelineTree is the tree as it was first sent.
func (s *Snapshot) PipelineTree() json.RawMessage { return s.Document }

// Nodes are the nodes of the tree: start, activities, gateways, end.
func (s *Snapshot) Nodes() []*PipelineNode {
	p := s.Tree.Pipeline
	nodes := make([]*PipelineNode, 0, len(p.Activities)+len(p.Gateways)+2)
	if p.Start != nil {
		nodes = append(nodes, eventView(p.Start, NodeTypeStart))
	}
	for _, a := range p.Activities {
		nodes = append(nodes, activityView(a))
	}
	for _, g := range p.Gateways {
		nodes = append(nodes, gatewayView(g))
	}
	if p.End != nil {
		nodes = append(nodes, eventView(p.End, NodeTypeEnd))
	}
	return nodes
}

// Flows are the connections of the nodes.
func (s *Snapshot) Flows() []*PipelineFlow {
	flows := make([]*PipelineFlow, len(s.Tree.Pipeline.Flows))
	for i, f := range s.Tree.Pipeline.Flows {
		flows[i] = &PipelineFlow{ID: f.ID, Source: f.Source, Target: f.Target, IsDefault: f.IsDefault}
	}
	return flows
}

func eventView(e *flow.Event, t NodeType) *PipelineNode {
	return &PipelineNode{ID: e.ID, Name: e.Name, Type: t, Incoming: list(e.Incoming), Outgoing: list(e.Outgoing)}
}

func activityView(a *flow.Activity) *PipelineNode {
	detail := &ActivityDetail{
		ErrorIgnorable: a.ErrorIgnorable, Optional: a.Optional, Skippable: a.Skippable, Retryable: a.Retryable,
	}
	kind := NodeTypeSubProcess
	if a.Kind == flow.ServiceActivity {
		kind = NodeTypeServiceActivity
	}
	if a.Component != nil {
		detail.PluginCode, detail.PluginVersion = &a.Component.Code, &a.Component.Version
	}
	if a.AutoRetry.Enable {
		detail.AutoRetryTimes, detail.AutoRetryInterval = a.AutoRetry.Times, a.AutoRetry.Interval
	}
	if a.Timeout.Enable {
		detail.TimeoutSeconds = &a.Timeout.Seconds
	}
	return &PipelineNode{
		ID: a.ID, Name: a.Name, Type: kind, Incoming: list(a.Incoming), Outgoing: list(a.Outgoing), Activity: detail,
	}
}

var gatewayTypes = map[flow.GatewayKind]NodeType{
	flow.ExclusiveGateway:           NodeTypeExclusiveGateway,
	flow.ParallelGateway:            NodeTypeParallelGateway,
	flow.ConditionalParallelGateway: NodeTypeConditionalParallelGateway,
	flow.ConvergeGateway:            NodeTypeConvergeGateway,
}

// nodeType is what a node is.
func nodeType(n *flow.Node) NodeType {
	switch {
	case n.Kind == flow.StartEvent:
		return NodeTypeStart
	case n.Kind == flow.EndEvent:
		return NodeTypeEnd
	case n.Gateway != nil:
		return gatewayTypes[n.Gateway.Kind]
	case n.Kind == flow.NodeKind(flow.ServiceActivity):
		return NodeTypeServiceActivity
	default:
		return NodeTypeSubProcess
	}
}

func gatewayView(g *flow.Gateway) *PipelineNode {
	detail := &GatewayDetail{Conditions: make([]*GatewayCondition, len(g.Conditions))}
	for i, c := range g.Conditions {
		detail.Conditions[i] = &GatewayCondition{FlowID: c.FlowID, Name: c.Name, Evaluate: c.Evaluate}
	}
	if g.Default != nil {
		detail.DefaultFlowID = &g.Default.FlowID
	}
	return &PipelineNode{
		ID: g.ID, Name: g.Name, Type: gatewayTypes[g.Kind],
		Incoming: list(g.Incoming), Outgoing: list(g.Outgoing), Gateway: detail,
	}
}

// list makes an empty list of a missing one: the API never shows null for it.
func list(ids []string) []string {
	if ids == nil {
		return []string{}
	}
	return ids
}

// PipelineProblems shows the problems of a tree.
func PipelineProblems(problems []fault.Problem) []*PipelineProblem {
	views := make([]*PipelineProblem, len(problems))
	for i, p := range problems {
		views[i] = &PipelineProblem{
			Code: PipelineProblemCode(p.Code), Message: p.Message, Path: list(p.Path), NodeID: optional(p.NodeID),
		}
	}
	return views
}

// UserErrors shows problems with the caller's input; under is the path of the
// checked value in the arguments.
func UserErrors(problems []fault.Problem, under ...string) []*UserError {
	views := make([]*UserError, len(problems))
	for i, p := range problems {
		field := append(append([]string(nil), under...), p.Path...)
		views[i] = &UserError{Code: UserErrorCode(p.Code), Message: p.Message, Field: field, NodeID: optional(p.NodeID)}
		if p.Sub != "" {
			code := PipelineProblemCode(p.Sub)
			views[i].PipelineCode = &code
		}
	}
	return views
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
