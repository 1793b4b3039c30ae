package flow

import (
	"unicode"
	"unicode/utf8"
)

// structure checks the parts of one tree by themselves: that the events are there,
// that every node is of a known kind and has what its kind needs, and the ids.
func structure(p *Pipeline) (found problems) {
	event(p, p.Start, StartEvent, "start_event", &found)
	event(p, p.End, EndEvent, "end_event", &found)
	for _, a := range p.Activities {
		id(p, &found, a.ID, a.inner, a.ID, "activities", a.ID)
		activity(p, a, &found)
	}
	for _, g := range p.Gateways {
		id(p, &found, g.ID, g.inner, g.ID, "gateways", g.ID)
		gateway(p, g, &found)
	}
	for _, f := range p.Flows {
		id(p, &found, f.ID, f.inner, "", "flows", f.ID)
	}
	return found
}

func event(p *Pipeline, e *Event, kind NodeKind, section string, found *problems) {
	if e == nil {
		found.addf(InvalidTree, p.path(section), "", "the tree has no %s", section)
		return
	}
	id(p, found, e.ID, e.ID, e.ID, section)
	if e.Type != string(kind) {
		found.addf(InvalidTree, p.path(section, "type"), e.ID, "the type of the %s must be %s, not %q", section, kind, brief(e.Type))
	}
}

func activity(p *Pipeline, a *Activity, found *problems) {
	switch a.Kind {
	case ServiceActivity:
		if a.Component == nil || a.Component.Code == "" {
			found.addf(InvalidTree, p.path("activities", a.ID, "component"), a.ID, "activity %s names no plugin", a.ID)
		}
	case SubProcess:
		if a.Pipeline == nil && a.Reference == nil {
			found.addf(InvalidTree, p.path("activities", a.ID), a.ID, "sub-process %s has neither a pipeline nor a template_id", a.ID)
		}
	default:
		found.addf(InvalidTree, p.path("activities", a.ID, "type"), a.ID, "%q is no type of activity", brief(string(a.Kind)))
	}
	if a.Component != nil {
		for _, f := range a.Component.Inputs {
			// The reference refuses this at conversion, and only where need_render is written out.
			if f.IsParam && f.NeedRender && f.asksRender {
				found.addf(InvalidTree, p.path("activities", a.ID, "component", "data", f.Key), a.ID, "field %q cannot have both is_param and need_render", brief(f.Key))
			}
		}
	}
	if a.Timeout.Declared && (a.ErrorIgnorable || a.AutoRetry.Enable) {
		found.addf(InvalidTree, p.path("activities", a.ID, "timeout_config"), a.ID, "activity %s cannot have a timeout together with error_ignorable or auto_retry", a.ID)
	}
}

func gateway(p *Pipeline, g *Gateway, found *problems) {
	if !knownKind(NodeKind(g.Kind)) || g.Kind == GatewayKind(ServiceActivity) || g.Kind == GatewayKind(SubProcess) {
		found.addf(InvalidTree, p.path("gateways", g.ID, "type"), g.ID, "%q is no type of gateway", brief(string(g.Kind)))
	}
	if g.Default == nil {
		return
	}
	for _, flow := range g.Outgoing {
		if flow == g.Default.FlowID && p.flows[flow] != nil {
			return
		}
	}
	found.addf(InvalidTree, p.path("gateways", g.ID, "default_condition", "flow_id"), g.ID, "the default branch %q is no outgoing flow of gateway %s", brief(g.Default.FlowID), g.ID)
}

func knownKind(k NodeKind) bool {
	switch k {
	case StartEvent, EndEvent, NodeKind(ServiceActivity), NodeKind(SubProcess),
		NodeKind(ExclusiveGateway), NodeKind(ParallelGateway),
		NodeKind(ConditionalParallelGateway), NodeKind(ConvergeGateway):
		return true
	default:
		return false
	}
}

// maxIDRunes is the width of the narrowest column that holds an id (domain §6.3).
const maxIDRunes = 33

// id checks the name of a member and the id inside of it.
func id(p *Pipeline, found *problems, id, inner, node string, path ...string) {
	if !validID(id) {
		found.addf(InvalidTree, p.path(path...), node, "the id %q must be 1 to %d letters, digits and underscores", brief(id), maxIDRunes)
	}
	if inner != id {
		found.addf(InvalidTree, append(p.path(path...), "id"), node, "the id %q differs from the name of the member, %q", brief(inner), brief(id))
	}
}

func validID(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > maxIDRunes {
		return false
	}
	for _, r := range s {
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}
