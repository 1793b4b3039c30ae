package auth

import (
	"slices"

	"rehearse.dev/internal/fault"
)

// Action is something that a caller may want to do.
type Action int

// The actions. What is done to presets, schemes and versions is done to their
// template; what is done to settings and credentials is done to their space.
const (
	// ReadSpace is reading a space and its settings.
	ReadSpace Action = iota + 1
	// ManageSpace is changing settings, and reading and changing credentials.
	ManageSpace
	// ReadTemplate is reading a template and what belongs to it.
	ReadTemplate
	// EditTemplate is changing or deleting a template or what belongs to it; with a
	// target that is a space, making a template.
	EditTemplate
	// CopyTemplate is making another template of a template.
	CopyTemplate
	// MockTemplate is previewing and making mock tasks of a template.
	MockTemplate
	// ReadTask is reading a task.
	ReadTask
	// OperateTask is starting, pausing and whatever else is done to a task.
	OperateTask
	// DeleteTask is deleting a task.
	DeleteTask
)

// operates reports whether the action is done to a task.
func (a Action) operates() bool { return a == OperateTask || a == DeleteTask }

// Target is what an action is done to: a space, a template of it, or a task of
// that. Ids that do not apply are 0.
type Target struct {
	// AppID owns the space. Where it is 0, the live spaces that the caller came with
	// decide; where it is given, whoever read it has seen that the space is live.
	AppID int
	// SpaceID is always needed.
	SpaceID int
	// TemplateID is needed for a template and for a task.
	TemplateID int
	// TaskID is needed for a task.
	TaskID int
	// Mock tells that the task is one that createMockTask has made.
	Mock bool
}

// read is the action that shows the target.
func (t Target) read() Action {
	switch {
	case t.TaskID != 0:
		return ReadTask
	case t.TemplateID != 0:
		return ReadTemplate
	}
	return ReadSpace
}

// May returns nil if the caller may do it. Otherwise the error is a
// fault.CodeForbidden if the caller may see the target, and a fault.CodeNotFound if
// not: then it must look as if it were not there.
//
// An application may do everything in its spaces (domain §4.2), a token what
// docs/security.md lists.
func (c Caller) May(a Action, t Target) error {
	switch {
	case c.allows(a, t):
		return nil
	case c.allows(t.read(), t):
		return forbidden("this token does not allow it")
	}
	return fault.NotFound("there is no such object")
}

func (c Caller) allows(a Action, t Target) bool {
	if c.Grant != nil {
		return c.Grant.allows(a, t)
	}
	return c.Superuser || c.AppID != 0 && c.AppID == t.AppID || slices.Contains(c.Spaces, t.SpaceID)
}

// MayAsApp returns nil for an application and a fault.CodeForbidden for a token,
// whoever its user is. It guards what only an application may do: making spaces and
// tokens, and ending tokens.
func (c Caller) MayAsApp() error {
	if c.Grant == nil {
		return nil
	}
	return forbidden("only an application may do this, not a token")
}

func forbidden(message string) error { return fault.Newf(fault.CodeForbidden, "%s", message) }

// Sees reports whether the caller may read the space. An application sees its own
// live spaces only (domain §4.2), a superuser all.
func (c Caller) Sees(spaceID int) bool {
	return c.allows(ReadSpace, Target{SpaceID: spaceID})
}

// Reach is what rows are narrowed to for a caller: the id that is not 0 is the
// condition, without one there is none. One is set at most, so that lists walk the
// index that fits it; the rows of a template are of its space anyway.
type Reach struct {
	AppID, SpaceID, TemplateID, TaskID int
	// Mock tells that only tasks that createMockTask made are within reach.
	Mock bool
	// None tells that nothing is.
	None bool
}

// Templates is the reach for reading templates.
func (c Caller) Templates() Reach {
	g := c.Grant
	switch {
	case g == nil:
		return c.own()
	case g.Superuser, g.Resource == Space:
		return Reach{SpaceID: g.SpaceID}
	case g.Resource == Template && g.Permission != Mock:
		return Reach{TemplateID: g.ResourceID}
	}
	return Reach{None: true}
}

// Tasks is the reach for reading tasks.
func (c Caller) Tasks() Reach {
	g := c.Grant
	switch {
	case g == nil:
		return c.own()
	case g.Superuser, g.Resource == Space:
		return Reach{SpaceID: g.SpaceID}
	case g.Resource == Template && g.Permission == Mock:
		return Reach{TemplateID: g.ResourceID, Mock: true}
	case g.Resource == Task:
		return Reach{TaskID: g.ResourceID}
	}
	return Reach{None: true}
}

// own is the reach of an application. Nobody, which is the zero Caller, has none.
func (c Caller) own() Reach {
	if c.Superuser {
		return Reach{}
	}
	return Reach{AppID: c.AppID, None: c.AppID == 0}
}

// OwnerID is the application whose data the caller works on: the owner of the space
// for a token, the application itself otherwise.
func (c Caller) OwnerID() int {
	if c.Grant != nil {
		return c.Grant.AppID
	}
	return c.AppID
}

// Confined reports whether the caller is a token that reaches no further than into
// this one space. Lists need not be narrowed to the space then.
func (c Caller) Confined(spaceID int) bool { return c.Grant != nil && c.Grant.SpaceID == spaceID }
