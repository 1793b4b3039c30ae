package render

import (
	"strconv"

	"rehearse.dev/graph/model"
	"rehearse.dev/graph/read"
)

var pageInfoFields = map[string]writer[*model.PageInfo]{
	"hasNextPage":     func(b []byte, p *model.PageInfo) []byte { return strconv.AppendBool(b, p.HasNextPage) },
	"hasPreviousPage": func(b []byte, p *model.PageInfo) []byte { return strconv.AppendBool(b, p.HasPreviousPage) },
	"startCursor":     func(b []byte, p *model.PageInfo) []byte { return appendTextOrNull(b, p.StartCursor) },
	"endCursor":       func(b []byte, p *model.PageInfo) []byte { return appendTextOrNull(b, p.EndCursor) },
}

func pageInfoTable(f *read.Field) writer[*model.PageInfo] { return pageInfoFields[f.Name] }

// page gives the parts of a connection type C with edges E and nodes N.
type page[C, E, N any] struct {
	nodes  func(C) []N
	edges  func(C) []E
	info   func(C) *model.PageInfo
	total  func(C) int
	node   func(E) N
	cursor func(E) string
	table  table[N]
}

func (p page[C, E, N]) connection(f *read.Field) writer[C] {
	switch f.Name {
	case "totalCount":
		return func(b []byte, c C) []byte { return strconv.AppendInt(b, int64(p.total(c)), 10) }
	case "pageInfo":
		return nested(f, pageInfoTable, func(c C) (*model.PageInfo, bool) { return p.info(c), true }, required)
	case "nodes":
		o, ok := compile(f.Of, p.table)
		if !ok {
			return nil
		}
		return func(b []byte, c C) []byte { return list(o, b, p.nodes(c)) }
	case "edges":
		o, ok := compile(f.Of, p.edge)
		if !ok {
			return nil
		}
		return func(b []byte, c C) []byte { return list(o, b, p.edges(c)) }
	}
	return nil
}

func (p page[C, E, N]) edge(f *read.Field) writer[E] {
	switch f.Name {
	case "cursor":
		return func(b []byte, e E) []byte { return appendText(b, p.cursor(e)) }
	case "node":
		return nested(f, p.table, func(e E) (N, bool) { return p.node(e), true }, required)
	}
	return nil
}

var taskPage = page[*model.TaskConnection, *model.TaskEdge, *model.Task]{
	nodes:  func(c *model.TaskConnection) []*model.Task { return c.Nodes },
	edges:  func(c *model.TaskConnection) []*model.TaskEdge { return c.Edges },
	info:   func(c *model.TaskConnection) *model.PageInfo { return c.PageInfo },
	total:  func(c *model.TaskConnection) int { return c.TotalCount },
	node:   func(e *model.TaskEdge) *model.Task { return e.Node },
	cursor: func(e *model.TaskEdge) string { return e.Cursor },
	table:  taskTable,
}

var templatePage = page[*model.TemplateConnection, *model.TemplateEdge, *model.Template]{
	nodes:  func(c *model.TemplateConnection) []*model.Template { return c.Nodes },
	edges:  func(c *model.TemplateConnection) []*model.TemplateEdge { return c.Edges },
	info:   func(c *model.TemplateConnection) *model.PageInfo { return c.PageInfo },
	total:  func(c *model.TemplateConnection) int { return c.TotalCount },
	node:   func(e *model.TemplateEdge) *model.Template { return e.Node },
	cursor: func(e *model.TemplateEdge) string { return e.Cursor },
	table:  templateTable,
}
