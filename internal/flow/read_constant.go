package flow

// constant reads member i of the constants.
func (r *reader) constant(i int) *Constant {
	k := &Constant{Key: r.key(i), NeedRender: true}
	for c := range r.children(i) {
		switch r.key(c) {
		case "key":
			k.inner = r.str(c)
		case "name":
			k.Name = r.str(c)
		case "desc":
			k.Desc = r.str(c)
		case "index":
			k.Index = r.integer(c)
		case "show_type":
			k.ShowType = r.str(c)
		case "source_type":
			k.SourceType = r.str(c)
		case "source_info":
			if r.object(c) {
				k.SourceInfo = r.sources(c)
			}
		case "source_tag":
			k.SourceTag = r.str(c)
		case "custom_type":
			k.CustomType = r.str(c)
		case "validation":
			k.Validation = r.str(c)
		case "value":
			k.Value = r.bytes(c)
		case "is_meta":
			k.IsMeta = r.boolean(c, false)
		case "meta":
			if !r.null(c) {
				k.Meta = r.bytes(c)
			}
		case "pre_render_mako":
			k.PreRender = r.truthy(c)
		case "need_render":
			k.NeedRender = r.boolean(c, true)
		}
	}
	return k
}

func (r *reader) sources(i int) []Source {
	var list []Source
	for c := range r.children(i) {
		list = append(list, Source{NodeID: r.key(c), Keys: r.strs(c)})
	}
	return list
}
