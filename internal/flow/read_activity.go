package flow

import "strconv"

// legacyVersion is the plugin version of a component that names none.
const legacyVersion = "legacy"

// activity reads member i of the activities.
func (r *reader) activity(i int) *Activity {
	a := &Activity{ID: r.key(i), inner: r.key(i), Skippable: true, Retryable: true}
	r.node = a.ID
	var reference, pipeline int
	var skippable, retryable bool
	for c := range r.children(i) {
		switch r.key(c) {
		case "id":
			a.inner = r.str(c)
		case "name":
			a.Name = r.str(c)
		case "type":
			a.Kind = ActivityKind(r.str(c))
		case "incoming":
			a.Incoming = r.flowIDs(c)
		case "outgoing":
			a.Outgoing = r.flowIDs(c)
		case "component":
			a.Component = r.component(c)
		case "error_ignorable":
			a.ErrorIgnorable = r.boolean(c, false)
		case "optional":
			a.Optional = r.boolean(c, false)
		case "skippable":
			a.Skippable, skippable = r.boolean(c, true), !r.null(c)
		case "isSkipped":
			if v := r.boolean(c, true); !skippable {
				a.Skippable = v
			}
		case "retryable":
			a.Retryable, retryable = r.boolean(c, true), !r.null(c)
		case "can_retry":
			if v := r.boolean(c, true); !retryable {
				a.Retryable = v
			}
		case "auto_retry":
			a.AutoRetry = r.autoRetry(c)
		case "timeout_config":
			a.Timeout = r.timeout(c)
		case "loop_config":
			a.Loop = r.loop(c)
		case "template_id":
			reference = c
		case "pipeline":
			pipeline = c
		}
	}
	if a.Kind == SubProcess {
		a.Component = nil
		r.subProcess(a, i, reference, pipeline)
	}
	return a
}

// subProcess reads what the SubProcess at i stands for: the inner tree at
// pipeline, else the template that is named at reference.
func (r *reader) subProcess(a *Activity, i, reference, pipeline int) {
	if pipeline > 0 && !r.null(pipeline) {
		if r.object(pipeline) {
			a.Pipeline = r.pipeline(pipeline)
		}
		return
	}
	if reference == 0 || r.null(reference) {
		return
	}
	a.Reference = r.reference(i, reference)
}

// reference reads the members of the object at i that name a template; the id is at
// id.
func (r *reader) reference(i, id int) *TemplateReference {
	ref := &TemplateReference{TemplateID: r.templateID(id)}
	for c := range r.children(i) {
		switch r.key(c) {
		case "version":
			ref.Version = r.str(c)
		case "always_use_latest":
			ref.AlwaysUseLatest = r.boolean(c, false)
		case "constants":
			if r.object(c) {
				ref.Constants = r.bytes(c)
			}
		}
	}
	return ref
}

// templateID reads a number, which older exports write as text.
func (r *reader) templateID(i int) int64 {
	text := r.raw(i)
	if r.spans[i].kind == kindString {
		text = r.text(i)
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.wrong(i, "the number of a template")
	}
	return id
}

func (r *reader) component(i int) *Component {
	if !r.object(i) {
		return nil
	}
	k := &Component{Version: legacyVersion}
	for c := range r.children(i) {
		switch r.key(c) {
		case "code":
			k.Code = r.str(c)
		case "version":
			if v := r.str(c); v != "" {
				k.Version = v
			}
		case "data":
			if r.object(c) {
				k.Inputs = r.inputs(c)
			}
		}
	}
	return k
}

func (r *reader) inputs(i int) []Field {
	n := 0
	for range r.children(i) {
		n++
	}
	list := make([]Field, 0, n)
	for c := range r.children(i) {
		if r.spans[c].kind != kindObject {
			r.wrong(c, "an object")
			continue
		}
		list = append(list, r.field(c))
	}
	return list
}

func (r *reader) field(i int) Field {
	f := Field{Key: r.key(i), NeedRender: true, noHook: true}
	for c := range r.children(i) {
		switch r.key(c) {
		case "hook":
			f.noHook = r.null(c)
			r.boolean(c, false)
		case "need_render":
			f.NeedRender, f.asksRender = r.boolean(c, true), !r.null(c)
		case "is_param":
			f.IsParam = r.boolean(c, false)
		case "value":
			f.Value = r.bytes(c)
		}
	}
	return f
}
