package flow

// gateway reads member i of the gateways.
func (r *reader) gateway(i int) *Gateway {
	g := &Gateway{ID: r.key(i), inner: r.key(i)}
	r.node = g.ID
	for c := range r.children(i) {
		switch r.key(c) {
		case "id":
			g.inner = r.str(c)
		case "name":
			g.Name = r.str(c)
		case "type":
			g.Kind = GatewayKind(r.str(c))
		case "incoming":
			g.Incoming = r.flowIDs(c)
		case "outgoing":
			g.Outgoing = r.flowIDs(c)
		case "conditions":
			if r.object(c) {
				g.Conditions = r.conditions(c)
			}
		case "default_condition":
			g.Default = r.defaultCondition(c)
		case "extra_info":
			if !r.object(c) {
				continue
			}
			if l := r.member(c, "parse_lang"); l > 0 {
				g.Language = r.str(l)
			}
		}
	}
	return g
}

func (r *reader) conditions(i int) []Condition {
	var list []Condition
	for c := range r.children(i) {
		if r.spans[c].kind != kindObject {
			r.wrong(c, "an object")
			continue
		}
		k := Condition{FlowID: r.key(c), noEvaluate: true}
		for m := range r.children(c) {
			switch r.key(m) {
			case "name":
				k.Name = r.str(m)
			case "evaluate":
				k.Evaluate, k.noEvaluate = r.str(m), r.null(m)
			}
		}
		list = append(list, k)
	}
	return list
}

// defaultCondition returns nil for null and {}, which the canvas writes when a
// default branch was taken away again.
func (r *reader) defaultCondition(i int) *DefaultCondition {
	if !r.object(i) || !r.truthy(i) {
		return nil
	}
	d := &DefaultCondition{}
	for c := range r.children(i) {
		switch r.key(c) {
		case "flow_id":
			d.FlowID = r.str(c)
		case "name":
			d.Name = r.str(c)
		}
	}
	return d
}
