package auth

// Resource is the kind of thing that a token is for.
type Resource string

// The resources. A space holds templates and tasks; a template holds its versions,
// presets and schemes.
const (
	Space    Resource = "SPACE"
	Template Resource = "TEMPLATE"
	Task     Resource = "TASK"
)

// Permission is what a token allows; Grant.allows says what that comes to.
type Permission string

// The permissions (domain §4.3). None of them includes another but VIEW, and
// MOCK of a template does not even include that.
const (
	View    Permission = "VIEW"
	Edit    Permission = "EDIT"
	Mock    Permission = "MOCK"
	Operate Permission = "OPERATE"
)

// Grant is what a token stands for: one user, one resource, one permission.
type Grant struct {
	Resource   Resource
	ResourceID int
	Permission Permission
	// SpaceID and AppID are the space of the resource and the application that
	// owns it, which is not the one that applied when that was a superuser.
	SpaceID, AppID int
	// TemplateID is the template of a task, the template itself, or 0.
	TemplateID int
	// User is whom the token stands for.
	User string
	// Superuser tells that the user is a superuser of the space, who may do
	// everything in it whatever the token says (domain §4.4).
	Superuser bool
}

// Suits reports whether a permission has a meaning for a resource: tasks are not
// edited or mocked, and a template is not operated.
func (r Resource) Suits(p Permission) bool {
	switch r {
	case Space:
		return p == View || p == Edit || p == Mock || p == Operate
	case Template:
		return p == View || p == Edit || p == Mock
	case Task:
		return p == View || p == Operate
	}
	return false
}

// allows is the table of docs/security.md. What is not written here is not allowed.
func (g *Grant) allows(a Action, t Target) bool {
	if t.SpaceID != g.SpaceID {
		return false
	}
	if g.Superuser {
		return true
	}
	switch g.Resource {
	case Space:
		return g.inSpace(a, t)
	case Template:
		return t.TemplateID == g.ResourceID && g.ofTemplate(a, t)
	case Task:
		return t.TaskID == g.ResourceID && (a == ReadTask || a.operates() && g.Permission == Operate)
	}
	return false
}

func (g *Grant) inSpace(a Action, t Target) bool {
	switch {
	case a == ReadSpace, a == ReadTemplate, a == ReadTask:
		return true
	case a == EditTemplate, a == CopyTemplate:
		return g.Permission == Edit
	case a == MockTemplate:
		return g.Permission == Mock
	case a.operates():
		return g.Permission == Operate || g.Permission == Mock && t.Mock
	}
	return false
}

func (g *Grant) ofTemplate(a Action, t Target) bool {
	switch {
	case t.TaskID != 0:
		return g.Permission == Mock && t.Mock && (a == ReadTask || a.operates())
	case a == ReadTemplate:
		return g.Permission == View || g.Permission == Edit
	case a == EditTemplate:
		return g.Permission == Edit
	case a == MockTemplate:
		return g.Permission == Mock
	}
	return false
}
