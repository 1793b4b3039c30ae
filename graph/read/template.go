package read

import (
	"context"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/ent/mockscheme"
	enttemplate "rehearse.dev/ent/template"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/auth"
)

// Bounds of the lists that are not paged.
const (
	maxPresets = 1000
	maxSchemes = 100
)

// templateOrders are the orders that the API offers.
var templateOrders = map[model.TemplateOrderField]order{
	model.TemplateOrderFieldCreateTime: {name: "create_time", column: enttemplate.FieldCreateTime, timed: true},
	model.TemplateOrderFieldUpdateTime: {name: "update_time", column: enttemplate.FieldUpdateTime, timed: true},
	model.TemplateOrderFieldName:       {name: "name", column: enttemplate.FieldName},
}

// Templates returns a page of the caller's templates. An impossible page is a
// fault.CodeInvalid.
func (r *Reader) Templates(ctx context.Context, spaceID *string, f *model.TemplateFilter, by *model.TemplateOrder, p Page, w Want) (*model.TemplateConnection, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	o := templateOrders[model.TemplateOrderFieldCreateTime]
	o.desc = true
	if by != nil {
		o = templateOrders[by.Field]
		o.desc = by.Direction == model.OrderDirectionDesc
	}
	win, err := p.check(o)
	if err != nil {
		return nil, err
	}
	if err := checkTemplates(f); err != nil {
		return nil, err
	}
	conditions := func(s *statement) { narrowTemplates(s, c, spaceID, f) }
	conn := &model.TemplateConnection{}
	if w.Has("totalCount") {
		if conn.TotalCount, err = r.count(ctx, enttemplate.Table, conditions); err != nil {
			return nil, fmt.Errorf("count templates: %w", err)
		}
	}
	of := append(w.Of("nodes"), w.Of("edges").Of("node")...)
	rows, err := r.selectTemplates(ctx, of, func(s *statement) {
		conditions(s)
		s.page(win)
	}, win.order.column)
	if err != nil {
		return nil, err
	}
	at := func(t *ent.Template) place {
		moment := t.CreateTime
		if win.order.column == enttemplate.FieldUpdateTime {
			moment = t.UpdateTime
		}
		return win.order.place(moment, t.Name, t.ID)
	}
	rows, conn.PageInfo = cut(win, rows, at)
	if conn.Nodes, err = r.templates(ctx, c, rows, of); err != nil {
		return nil, err
	}
	if w.Has("edges") {
		conn.Edges = make([]*model.TemplateEdge, len(rows))
		for i, row := range rows {
			conn.Edges[i] = &model.TemplateEdge{Node: conn.Nodes[i], Cursor: at(row).cursor()}
		}
	}
	return conn, nil
}

// narrowTemplates keeps the live templates that the caller sees and that pass the
// filter.
func narrowTemplates(s *statement, c auth.Caller, spaceID *string, f *model.TemplateFilter) {
	s.and("NOT is_deleted")
	s.within(c.Templates(), "id", "")
	s.inSpace(c, spaceID)
	if f == nil {
		return
	}
	if f.ScopeType != nil {
		s.and("scope_type = ?", *f.ScopeType)
	}
	if f.ScopeValue != nil {
		s.and("scope_value = ?", *f.ScopeValue)
	}
	if f.IsEnabled != nil {
		s.and("is_enabled = ?", *f.IsEnabled)
	}
	narrowMade(s, f.Creator, f.CreatedFrom, f.CreatedBefore, f.NameContains)
}

// selectTemplates reads templates with the columns that the wanted fields need,
// and more.
func (r *Reader) selectTemplates(ctx context.Context, w Want, narrow func(*statement), more ...string) ([]*ent.Template, error) {
	wanted := map[string]bool{enttemplate.FieldID: true, enttemplate.FieldSpaceID: true}
	for _, name := range more {
		wanted[name] = true
	}
	for _, s := range w {
		for _, f := range s.Fields {
			for _, name := range templateNeeds[f.Name] {
				wanted[name] = true
			}
		}
	}
	names, dest := columnSet(templateColumns, wanted)
	s := r.selectFrom(enttemplate.Table, names)
	narrow(s)
	rows, err := scan(ctx, r.rows, s, dest)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return rows, nil
}

// templatesByID loads templates of rows that the caller was found to see. Deleted
// ones are included: a task shows the template that it was made from.
func (r *Reader) templatesByID(ctx context.Context, c auth.Caller, list []int, w Want) (map[int]*model.Template, error) {
	rows, err := r.selectTemplates(ctx, w, func(s *statement) { in(s, "id", list) })
	if err != nil {
		return nil, err
	}
	views, err := r.templates(ctx, c, rows, w)
	if err != nil {
		return nil, err
	}
	found := make(map[int]*model.Template, len(views))
	for _, v := range views {
		found[v.ID] = v
	}
	return found, nil
}

// templates makes views of rows and loads the neighbours that are wanted.
func (r *Reader) templates(ctx context.Context, c auth.Caller, rows []*ent.Template, w Want) ([]*model.Template, error) {
	views := make([]*model.Template, len(rows))
	for i, row := range rows {
		views[i] = &model.Template{Template: row}
	}
	if len(rows) == 0 {
		return views, nil
	}
	if err := throughTemplate(c, rows[0], w.Of("space")); err != nil {
		return nil, err
	}
	for _, load := range []func(context.Context, []*model.Template, Want) error{
		r.templateSpaces, r.templateVersions, r.templatePresets, r.templateSchemes, r.versionPages,
	} {
		if err := load(ctx, views, w); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func templateIDs(views []*model.Template) []int {
	return ids(views, func(t *model.Template) []int { return []int{t.ID} })
}

func (r *Reader) templateSpaces(ctx context.Context, views []*model.Template, w Want) error {
	if !w.Has("space") {
		return nil
	}
	found, err := r.spaces(ctx, ids(views, func(t *model.Template) []int { return []int{t.SpaceID} }), w.Of("space"))
	if err != nil {
		return err
	}
	for _, v := range views {
		v.Space = found[v.SpaceID]
	}
	return nil
}

// templateVersions loads draft and release with one statement.
func (r *Reader) templateVersions(ctx context.Context, views []*model.Template, w Want) error {
	effective := w.Has("effectiveVersion", "pipelineTree", "inputSchema", "nodes", "flows")
	draft, release := effective || w.Has("draft"), effective || w.Has("releasedVersion")
	if !draft && !release {
		return nil
	}
	list := ids(views, func(t *model.Template) []int {
		var wanted []int
		if draft {
			wanted = append(wanted, deref(t.DraftVersionID))
		}
		if release && (!draft || t.DraftVersionID == nil || w.Has("releasedVersion")) {
			wanted = append(wanted, deref(t.ReleasedVersionID))
		}
		return wanted
	})
	found, err := r.versionsByID(ctx, list, w.Of("draft", "releasedVersion", "effectiveVersion"), treeWant{
		document: w.Has("pipelineTree"), inside: w.Has("inputSchema", "nodes", "flows"),
	})
	if err != nil {
		return err
	}
	for _, v := range views {
		v.Draft, v.ReleasedVersion = found[deref(v.DraftVersionID)], found[deref(v.ReleasedVersionID)]
	}
	return nil
}

func (r *Reader) templatePresets(ctx context.Context, views []*model.Template, w Want) error {
	if !w.Has("mockPresets") {
		return nil
	}
	rows, err := r.db.MockPreset.Query().
		Where(among(mockpreset.FieldTemplateID, templateIDs(views))).
		Where(newestPerRow(mockpreset.Table, mockpreset.FieldTemplateID, maxPresets)).
		Order(ent.Desc(mockpreset.FieldID)).All(ctx)
	if err != nil {
		return fmt.Errorf("read presets: %w", err)
	}
	byTemplate := make(map[int][]*model.MockPreset)
	for _, row := range rows {
		byTemplate[row.TemplateID] = append(byTemplate[row.TemplateID], &model.MockPreset{MockPreset: row})
	}
	for _, v := range views {
		v.Presets = byTemplate[v.ID]
	}
	return nil
}

func (r *Reader) templateSchemes(ctx context.Context, views []*model.Template, w Want) error {
	if !w.Has("mockSchemes") {
		return nil
	}
	rows, err := r.db.MockScheme.Query().
		Where(among(mockscheme.FieldTemplateID, templateIDs(views))).
		Where(newestPerRow(mockscheme.Table, mockscheme.FieldTemplateID, maxSchemes)).
		Order(ent.Desc(mockscheme.FieldID)).All(ctx)
	if err != nil {
		return fmt.Errorf("read schemes: %w", err)
	}
	byTemplate := make(map[int][]*model.MockScheme)
	for _, row := range rows {
		byTemplate[row.TemplateID] = append(byTemplate[row.TemplateID], &model.MockScheme{MockScheme: row})
	}
	for _, v := range views {
		v.MockSchemes = byTemplate[v.ID]
		if v.MockSchemes == nil {
			v.MockSchemes = []*model.MockScheme{}
		}
	}
	return nil
}

// Presets returns the presets of a template that the caller sees, newest first.
func (r *Reader) Presets(ctx context.Context, templateID int) ([]*model.MockPreset, error) {
	w := Want{{Type: "Template", Fields: []*Field{{Name: "mockPresets"}}}}
	node, err := r.Node(ctx, templateID, func(string) Want { return w })
	if err != nil {
		return nil, err
	}
	view, ok := node.(*model.Template)
	if !ok {
		return nil, nil
	}
	return view.PresetsOf(nil), nil
}
