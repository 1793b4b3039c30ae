package read

import (
	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
)

// within narrows a list to what the caller reaches, by the one condition that an
// index serves. template and task are the columns of those ids.
func (s *statement) within(r auth.Reach, template, task string) {
	switch {
	case r.None:
		s.and("false")
	case r.TaskID != 0:
		s.and(task+" = ?", r.TaskID)
	case r.TemplateID != 0:
		s.one(template, r.TemplateID)
	case r.SpaceID != 0:
		s.one("space_id", r.SpaceID)
	case r.AppID != 0:
		s.one("app_id", r.AppID)
	}
	if r.Mock {
		s.and("create_method = ?", string(enttask.CreateMethodMOCK))
	}
}

// inSpace narrows a list to a space that the caller may name. One that the caller
// does not see is like one that does not exist: nothing is in it. What a token
// reaches is of one space anyway, so that naming that one changes nothing.
func (s *statement) inSpace(c auth.Caller, spaceID *string) {
	if spaceID == nil {
		return
	}
	id, ok := number(*spaceID)
	switch {
	case ok && c.Confined(id):
	case ok && c.Sees(id):
		s.one("space_id", id)
	default:
		s.and("false")
	}
}

// targetColumns are what a token's reach is judged by, beside the columns that
// every view has.
func targetColumns(c auth.Caller) []string {
	if c.Grant == nil {
		return nil
	}
	return []string{enttask.FieldTemplateID, enttask.FieldCreateMethod}
}

func readable(c auth.Caller, spaceID, templateID int) bool {
	return c.May(auth.ReadTemplate, auth.Target{SpaceID: spaceID, TemplateID: templateID}) == nil
}

// What a token shows of the neighbour of something that it lets read, when it does
// not let read the neighbour itself: enough for a heading and a link.
var (
	templateHeading = map[string]bool{
		"__typename": true, "id": true, "spaceId": true, "name": true, "description": true,
		"scopeType": true, "scopeValue": true, "isEnabled": true,
	}
	versionHeading = map[string]bool{"__typename": true, "id": true, "templateId": true, "version": true, "isDraft": true}
	spaceHeading   = map[string]bool{"__typename": true, "id": true, "name": true, "description": true, "platformUrl": true}
)

// throughTask refuses fields of a task's template that the caller may not read. A
// token lets read all templates of tasks that it lets read, or none, so that one
// task answers for a list.
func throughTask(c auth.Caller, t *ent.Task, w Want) error {
	if c.Grant == nil || readable(c, t.SpaceID, t.TemplateID) {
		return nil
	}
	return headingOnly(w, "template", templateHeading)
}

// throughTemplate is throughTask for the space of a template.
func throughTemplate(c auth.Caller, t *ent.Template, w Want) error {
	if c.Grant == nil || c.Sees(t.SpaceID) {
		return nil
	}
	return headingOnly(w, "space", spaceHeading)
}

func headingOnly(w Want, what string, heading map[string]bool) error {
	for _, s := range w {
		for _, f := range s.Fields {
			if !heading[f.Name] {
				return fault.Newf(fault.CodeForbidden, "this token does not let read %s of the %s", f.Name, what)
			}
		}
	}
	return nil
}
