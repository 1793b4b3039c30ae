package read

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql/schema"

	"rehearse.dev/ent/migrate"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/ent/mockscheme"
	"rehearse.dev/ent/pipelineversion"
	enttemplate "rehearse.dev/ent/template"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/task"
)

// WantFor gives what is asked of a node once its type is known.
type WantFor func(typ string) Want

// nodeType is a type that has global ids.
type nodeType struct {
	name  string
	table *schema.Table
	load  func(r *Reader, ctx context.Context, c auth.Caller, list []int, w Want) (map[int]model.Node, error)
}

// nodeTypes are the types behind the Node interface. Snapshots are not among
// them: they are shared by all apps, so they are only reached through what the
// caller may see.
var nodeTypes = []nodeType{
	{"Task", migrate.TasksTable, (*Reader).taskNodes},
	{"Template", migrate.TemplatesTable, (*Reader).templateNodes},
	{"PipelineVersion", migrate.PipelineVersionsTable, (*Reader).versionNodes},
	{"MockPreset", migrate.MockPresetsTable, (*Reader).presetNodes},
	{"MockScheme", migrate.MockSchemesTable, (*Reader).schemeNodes},
	{"Space", migrate.SpacesTable, (*Reader).spaceNodes},
	{"Credential", migrate.CredentialsTable, (*Reader).credentialNodes},
}

// idRange is how many ids a type has: Ent gives each type its own 2^32. The first id is
// the start of the range in PostgreSQL, and the one after it in SQLite.
const idRange = 1 << 32

func typeOf(id int) *nodeType {
	for i := range nodeTypes {
		if start := *nodeTypes[i].table.Annotation.IncrementStart; id >= start && id < start+idRange {
			return &nodeTypes[i]
		}
	}
	return nil
}

// Node returns the object with that id, or nil when the caller sees none.
func (r *Reader) Node(ctx context.Context, id int, want WantFor) (model.Node, error) {
	nodes, err := r.Nodes(ctx, []int{id}, want)
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

// Nodes returns an entry for each id, nil where the caller sees nothing. More
// than MaxPage ids are a fault.CodeInvalid. One type costs one load, however
// many ids of it are asked for.
func (r *Reader) Nodes(ctx context.Context, list []int, want WantFor) ([]model.Node, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if len(list) > MaxPage {
		return nil, fault.Invalid(fault.Problem{
			Code: "TOO_LONG", Message: fmt.Sprintf("at most %d ids can be asked for at once", MaxPage), Path: []string{"ids"},
		})
	}
	byType := make(map[*nodeType][]int)
	for _, id := range list {
		if t := typeOf(id); t != nil {
			byType[t] = append(byType[t], id)
		}
	}
	found := make(map[int]model.Node, len(list))
	for i := range nodeTypes {
		t := &nodeTypes[i]
		if len(byType[t]) == 0 {
			continue
		}
		views, err := t.load(r, ctx, c, byType[t], want(t.name))
		if err != nil {
			return nil, err
		}
		for id, view := range views {
			found[id] = view
		}
	}
	nodes := make([]model.Node, len(list))
	for i, id := range list {
		nodes[i] = found[id]
	}
	return nodes, nil
}

// live narrows a statement to rows with these ids that were not deleted.
func live(s *statement, list []int) {
	in(s, "id", list)
	s.and("NOT is_deleted")
}

func (r *Reader) taskNodes(ctx context.Context, c auth.Caller, list []int, w Want) (map[int]model.Node, error) {
	rows, err := r.selectTasks(ctx, w, func(s *statement) { live(s, list) }, targetColumns(c)...)
	if err != nil {
		return nil, err
	}
	rows = seen(rows, func(i int) bool { return c.May(auth.ReadTask, task.Target(rows[i])) == nil })
	views, err := r.tasks(ctx, c, rows, w)
	found := make(map[int]model.Node, len(views))
	for _, v := range views {
		found[v.ID] = v
	}
	return found, err
}

func (r *Reader) templateNodes(ctx context.Context, c auth.Caller, list []int, w Want) (map[int]model.Node, error) {
	rows, err := r.selectTemplates(ctx, w, func(s *statement) { live(s, list) })
	if err != nil {
		return nil, err
	}
	rows = seen(rows, func(i int) bool { return readable(c, rows[i].SpaceID, rows[i].ID) })
	views, err := r.templates(ctx, c, rows, w)
	found := make(map[int]model.Node, len(views))
	for _, v := range views {
		found[v.ID] = v
	}
	return found, err
}

func (r *Reader) versionNodes(ctx context.Context, c auth.Caller, list []int, w Want) (map[int]model.Node, error) {
	rows, err := r.db.PipelineVersion.Query().
		Where(among(pipelineversion.FieldID, list), pipelineversion.IsDeleted(false)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	visible, err := r.visible(ctx, c, ids(rows, templateOf))
	if err != nil {
		return nil, err
	}
	rows = seen(rows, func(i int) bool { return visible[rows[i].TemplateID] })
	views, err := r.versions(ctx, rows, w, treeWant{})
	found := make(map[int]model.Node, len(views))
	for _, v := range views {
		found[v.ID] = v
	}
	return found, err
}

func (r *Reader) presetNodes(ctx context.Context, c auth.Caller, list []int, _ Want) (map[int]model.Node, error) {
	rows, err := r.db.MockPreset.Query().Where(among(mockpreset.FieldID, list)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read presets: %w", err)
	}
	visible, err := r.visible(ctx, c, ids(rows, presetTemplate))
	found := make(map[int]model.Node, len(rows))
	for _, row := range rows {
		if visible[row.TemplateID] {
			found[row.ID] = &model.MockPreset{MockPreset: row}
		}
	}
	return found, err
}

func (r *Reader) schemeNodes(ctx context.Context, c auth.Caller, list []int, _ Want) (map[int]model.Node, error) {
	rows, err := r.db.MockScheme.Query().Where(among(mockscheme.FieldID, list)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read schemes: %w", err)
	}
	visible, err := r.visible(ctx, c, ids(rows, schemeTemplate))
	found := make(map[int]model.Node, len(rows))
	for _, row := range rows {
		if visible[row.TemplateID] {
			found[row.ID] = &model.MockScheme{MockScheme: row}
		}
	}
	return found, err
}

// visible tells which templates are live and the caller's.
func (r *Reader) visible(ctx context.Context, c auth.Caller, templates []int) (map[int]bool, error) {
	rows, err := r.db.Template.Query().
		Where(among(enttemplate.FieldID, templates), enttemplate.IsDeleted(false)).
		Select(enttemplate.FieldID, enttemplate.FieldSpaceID).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	visible := make(map[int]bool, len(rows))
	for _, row := range rows {
		visible[row.ID] = readable(c, row.SpaceID, row.ID)
	}
	return visible, nil
}

// seen keeps the rows at the positions that pass.
func seen[T any](rows []T, pass func(i int) bool) []T {
	var kept []T
	for i, row := range rows {
		if pass(i) {
			kept = append(kept, row)
		}
	}
	return kept
}
