package read

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/pipelineversion"
	"rehearse.dev/graph/model"
)

// versionOrder is newest first. A draft that becomes a release keeps its row and
// so its place.
var versionOrder = order{name: "id", column: pipelineversion.FieldID, desc: true}

// treeWant says what a neighbour asks of the trees behind versions.
type treeWant struct{ document, inside bool }

// versionsByID loads versions of templates that the caller was found to see.
func (r *Reader) versionsByID(ctx context.Context, list []int, w Want, t treeWant) (map[int]*model.PipelineVersion, error) {
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // an empty map to read from
	}
	rows, err := r.db.PipelineVersion.Query().
		Where(among(pipelineversion.FieldID, list), pipelineversion.IsDeleted(false)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	views, err := r.versions(ctx, rows, w, t)
	if err != nil {
		return nil, err
	}
	found := make(map[int]*model.PipelineVersion, len(views))
	for _, v := range views {
		found[v.ID] = v
	}
	return found, nil
}

// PlannedVersion returns the version of a plan that the caller was allowed to make,
// nil when nothing of it is wanted. It shows no more than a heading to a token that
// does not let read the template. Plans are made from the primary, whatever ctx says.
func (r *Reader) PlannedVersion(ctx context.Context, id int, w Want) (*model.PipelineVersion, error) {
	c, err := caller(ctx)
	if err != nil || w == nil {
		return nil, err
	}
	if c.Templates().None {
		if err := headingOnly(w, "version", versionHeading); err != nil {
			return nil, err
		}
	}
	found, err := r.versionsByID(FromPrimary(ctx), []int{id}, w, treeWant{})
	return found[id], err
}

// versions makes views of rows and loads their trees if they are wanted.
func (r *Reader) versions(ctx context.Context, rows []*ent.PipelineVersion, w Want, t treeWant) ([]*model.PipelineVersion, error) {
	views := make([]*model.PipelineVersion, len(rows))
	for i, row := range rows {
		views[i] = &model.PipelineVersion{PipelineVersion: row}
	}
	t.inside = t.inside || w.Has("problems")
	if len(rows) == 0 || (!w.Has("snapshot") && !t.document && !t.inside) {
		return views, nil
	}
	of := w.Of("snapshot")
	if t.document {
		of = append(of, &Selection{Fields: []*Field{{Name: "pipelineTree"}}})
	}
	list := ids(rows, func(v *ent.PipelineVersion) []int { return []int{v.SnapshotID} })
	found, err := r.snapshots(ctx, list, of, t.inside)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		v.Snapshot = found[v.SnapshotID]
	}
	return views, nil
}

// versionPages loads every page of versions that is asked for, one statement for
// each alias, whatever the number of templates.
func (r *Reader) versionPages(ctx context.Context, views []*model.Template, w Want) error {
	for _, field := range w.Fields("versions") {
		page, err := versionPage(ctx, field)
		if err != nil {
			return err
		}
		win, err := page.check(versionOrder)
		if err != nil {
			return err
		}
		if err := r.versionPage(ctx, views, field, win); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) versionPage(ctx context.Context, views []*model.Template, field *Field, win window) error {
	list := templateIDs(views)
	of := Want{field.Of}
	nodes := append(of.Of("nodes"), of.Of("edges").Of("node")...)
	query := r.db.PipelineVersion.Query().
		Where(among(pipelineversion.FieldTemplateID, list), pipelineversion.IsDeleted(false))
	totals := make(map[int]int)
	if of.Has("totalCount") {
		var counts []struct {
			TemplateID int `json:"template_id"`
			Count      int `json:"count"`
		}
		if err := query.Clone().GroupBy(pipelineversion.FieldTemplateID).Aggregate(ent.Count()).Scan(ctx, &counts); err != nil {
			return fmt.Errorf("count versions: %w", err)
		}
		for _, c := range counts {
			totals[c.TemplateID] = c.Count
		}
	}
	rows, err := query.Where(win.perRow(pipelineversion.Table, pipelineversion.FieldTemplateID)).All(ctx)
	if err != nil {
		return fmt.Errorf("read versions: %w", err)
	}
	byTemplate := make(map[int][]*ent.PipelineVersion)
	for _, row := range rows {
		byTemplate[row.TemplateID] = append(byTemplate[row.TemplateID], row)
	}
	at := func(v *ent.PipelineVersion) place { return place{Order: versionOrder.name, ID: v.ID} }
	shown, err := r.versions(ctx, rows, nodes, treeWant{})
	if err != nil {
		return err
	}
	view := make(map[int]*model.PipelineVersion, len(shown))
	for _, v := range shown {
		view[v.ID] = v
	}
	for _, t := range views {
		conn := &model.PipelineVersionConnection{TotalCount: totals[t.ID]}
		var kept []*ent.PipelineVersion
		kept, conn.PageInfo = cut(win, byTemplate[t.ID], at)
		conn.Nodes = make([]*model.PipelineVersion, len(kept))
		conn.Edges = make([]*model.PipelineVersionEdge, len(kept))
		for i, row := range kept {
			conn.Nodes[i] = view[row.ID]
			conn.Edges[i] = &model.PipelineVersionEdge{Node: view[row.ID], Cursor: at(row).cursor()}
		}
		if t.Versions == nil {
			t.Versions = make(map[string]*model.PipelineVersionConnection)
		}
		t.Versions[field.Alias] = conn
	}
	return nil
}

// perRow cuts a window out of many lists at once, one for each value of the owner column:
// it ranks the rows of each list and keeps the first limit+1.
func (w window) perRow(table, owner string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		in := sql.Dialect(s.Dialect())
		ranked := in.Select("id").From(in.Table(table))
		if w.after != nil {
			ranked.Where(compareID(ranked.C("id"), w.after.ID, w.order.desc))
		}
		if w.before != nil {
			ranked.Where(compareID(ranked.C("id"), w.before.ID, !w.order.desc))
		}
		direction := sql.Asc
		if w.order.desc != w.backward {
			direction = sql.Desc
		}
		rank := sql.RowNumber().PartitionBy(owner).OrderBy(direction("id"))
		ranked.AppendSelectExprAs(rank, "place")
		pages := in.Select("id").From(ranked.As("ranked"))
		pages.Where(sql.LTE("place", w.limit+1))
		s.Where(sql.In(s.C("id"), pages))
		s.OrderBy(direction(s.C("id")))
	}
}

func compareID(column string, id int, smaller bool) *sql.Predicate {
	if smaller {
		return sql.LT(column, id)
	}
	return sql.GT(column, id)
}

// newestPerRow keeps the newest rows of each list, at most limit of each.
func newestPerRow(table, owner string, limit int) func(*sql.Selector) {
	w := window{order: order{desc: true}, limit: limit - 1}
	return w.perRow(table, owner)
}
