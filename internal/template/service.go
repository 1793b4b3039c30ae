package template

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/pipelineversion"
	"rehearse.dev/ent/predicate"
	"rehearse.dev/ent/space"
	"rehearse.dev/ent/template"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"

	"entgo.io/ent/dialect/sql"
)

// Settings reads the settings of spaces; space.Service does.
type Settings interface {
	Setting(ctx context.Context, client *ent.Client, spaceID int, name string) (json.RawMessage, error)
}

// Deps is what the use cases need from outside.
type Deps struct {
	Store    *store.Store
	Settings Settings
	Trees    *Trees
	// Now is the clock.
	Now func() time.Time
}

// Service runs the use cases. It is safe for concurrent use.
type Service struct {
	store    *store.Store
	settings Settings
	trees    *Trees
	clock    func() time.Time
}

// New makes a Service.
func New(d Deps) *Service {
	return &Service{store: d.Store, settings: d.Settings, trees: d.Trees, clock: d.Now}
}

// Live is the condition for the templates that were not deleted, nor their spaces.
func Live() predicate.Template { return template.And(template.IsDeleted(false), inLiveSpace) }

// inLiveSpace looks the space up by its id. Ent would ask whether it exists, and SQLite
// takes twice as long for the whole statement then.
func inLiveSpace(s *sql.Selector) {
	of := sql.Dialect(s.Dialect()).Select().From(sql.Table(space.Table).As("s"))
	of.Select(of.C(space.FieldIsDeleted)).Where(sql.ColumnsEQ(of.C(space.FieldID), s.C(template.FieldSpaceID)))
	s.Where(sql.Not(sql.P(func(b *sql.Builder) { b.Wrap(func(b *sql.Builder) { b.Join(of) }) })))
}

// Visible is the condition for the live templates that the caller may read.
func Visible(caller auth.Caller) predicate.Template {
	switch r := caller.Templates(); {
	case r.None:
		return sql.FieldIsNull(template.FieldID)
	case r.TemplateID != 0:
		return template.And(template.ID(r.TemplateID), Live())
	case r.SpaceID != 0:
		return template.And(template.SpaceID(r.SpaceID), Live())
	case r.AppID != 0:
		return template.And(template.AppID(r.AppID), Live())
	}
	return Live()
}

// Target is the template as something that a caller may want to act on.
func Target(t *ent.Template) auth.Target {
	return auth.Target{AppID: t.AppID, SpaceID: t.SpaceID, TemplateID: t.ID}
}

// targetOf is Target for the template of a row that Visible has let through.
func targetOf(caller auth.Caller, templateID int) auth.Target {
	t := auth.Target{AppID: caller.OwnerID(), TemplateID: templateID}
	if caller.Grant != nil {
		t.SpaceID = caller.Grant.SpaceID
	}
	return t
}

func (s *Service) now() time.Time { return s.clock().UTC() }

// subject is the template of a use case with what one statement can tell about
// its versions.
type subject struct {
	*ent.Template
	// draftTree and releaseTree are snapshot ids, 0 for none.
	draftTree, releaseTree int
	// inForce is the version of the release in force, "" before the first.
	inForce string
}

// tree returns the snapshot of the effective version, 0 for none.
func (t *subject) tree() int {
	if t.draftTree != 0 {
		return t.draftTree
	}
	return t.releaseTree
}

// subject finds the template with that id, which the caller wants to change. It is
// false when there is none that the caller may see, which is then a problem of f at
// path. A template that the caller sees and may not change is a fault.CodeForbidden.
func (s *Service) subject(
	ctx context.Context, c *ent.Client, f *found, caller auth.Caller, id int, path ...string,
) (*subject, bool, error) {
	return s.subjectFor(ctx, c, f, caller, auth.EditTemplate, id, path...)
}

// subjectFor is subject for another action than changing.
func (s *Service) subjectFor(
	ctx context.Context, c *ent.Client, f *found, caller auth.Caller, action auth.Action, id int, path ...string,
) (*subject, bool, error) {
	row, err := c.Template.Query().
		Where(template.ID(id), Visible(caller)).
		Modify(withVersions).
		Only(ctx)
	if ent.IsNotFound(err) {
		f.addf(notFound, path, "there is no such template")
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find template %d: %w", id, err)
	}
	if err := caller.May(action, Target(row)); err != nil {
		return nil, false, err
	}
	t := &subject{Template: row}
	t.draftTree = number(row, "draft_tree")
	t.releaseTree = number(row, "release_tree")
	t.inForce = text(row, "in_force")
	return t, true, nil
}

// withVersions adds the columns of subject: three look-ups by primary key inside
// the statement cost less than one more statement.
func withVersions(s *sql.Selector) {
	column := func(name, of string) sql.Querier {
		v := sql.Dialect(s.Dialect()).Select().From(sql.Table(pipelineversion.Table).As("v"))
		return v.Select(v.C(name)).Where(sql.ColumnsEQ(v.C(pipelineversion.FieldID), s.C(of)))
	}
	s.AppendSelectExprAs(column(pipelineversion.FieldSnapshotID, template.FieldDraftVersionID), "draft_tree")
	s.AppendSelectExprAs(column(pipelineversion.FieldSnapshotID, template.FieldReleasedVersionID), "release_tree")
	s.AppendSelectExprAs(column(pipelineversion.FieldVersion, template.FieldReleasedVersionID), "in_force")
}

// number reads an added column; NULL is 0.
func number(t *ent.Template, column string) int {
	v, _ := t.Value(column)
	n, _ := v.(int64)
	return int(n)
}

// text reads an added column; NULL is "".
func text(t *ent.Template, column string) string {
	v, _ := t.Value(column)
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	default:
		return ""
	}
}

// versioned says whether the space keeps drafts and releases apart. Where it does
// not, every saved tree is a release at once.
func (s *Service) versioned(ctx context.Context, c *ent.Client, spaceID int) (bool, error) {
	raw, err := s.settings.Setting(ctx, c, spaceID, "flow_versioning")
	if err != nil {
		return false, fmt.Errorf("read the versioning of space %d: %w", spaceID, err)
	}
	var value string
	if err := json.Unmarshal(raw, &value); err != nil {
		return false, fmt.Errorf("versioning of space %d is no text: %w", spaceID, err)
	}
	return value == "true", nil
}

// errGone reports a row that this transaction has read and cannot change any more.
// Whoever holds the template, as run does, does not meet with it.
func errGone(what string, id int) error {
	return fault.Invalid(fault.Problem{
		Code:    conflict,
		Message: fmt.Sprintf("%s %d was changed by somebody else; try again", what, id),
	})
}
