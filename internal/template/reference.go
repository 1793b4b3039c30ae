package template

import (
	"context"
	"database/sql"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/pipelineversion"
	enttemplate "rehearse.dev/ent/template"
)

// ReleaseRef names a release of a template, as a sub-process does.
type ReleaseRef struct {
	TemplateID int
	// Version is "" for the release in force.
	Version string
}

// Referred is what is known about the template of a ReleaseRef.
type Referred struct {
	// Released tells whether the template has a release in force.
	Released bool
	// SnapshotID is the tree of the release, 0 when there is no such release.
	SnapshotID int
}

// Releases finds the releases that refs name, with one statement. Templates that
// are deleted, missing or of another space are left out. Drafts are never found: a
// draft is its author's own until it is released, and only the template that a task
// is made of runs as one (domain §1.5).
func Releases(ctx context.Context, c *ent.Client, spaceID int, refs []ReleaseRef) (map[ReleaseRef]Referred, error) {
	var ids []int
	var versions []any
	for _, ref := range refs {
		ids = append(ids, ref.TemplateID)
		if ref.Version != "" {
			versions = append(versions, ref.Version)
		}
	}
	var rows []release
	query := c.Template.Query().Where(enttemplate.IDIn(ids...), enttemplate.SpaceID(spaceID), Live())
	err := query.Modify(func(s *entsql.Selector) { joinReleases(s, versions) }).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("find the releases of %d references: %w", len(refs), err)
	}
	found := make(map[ReleaseRef]Referred, len(refs))
	for _, ref := range refs {
		for i := range rows {
			if rows[i].ID != ref.TemplateID {
				continue
			}
			known := found[ref]
			known.Released = known.Released || rows[i].InForce.Valid
			if rows[i].is(ref) {
				known.SnapshotID = int(rows[i].SnapshotID.Int64)
			}
			found[ref] = known
		}
	}
	return found, nil
}

// release is a template with one of the releases that were asked for, if there is
// any.
type release struct {
	ID         int            `sql:"id"`
	InForce    sql.NullInt64  `sql:"released_version_id"`
	VersionID  sql.NullInt64  `sql:"version_id"`
	Version    sql.NullString `sql:"version"`
	SnapshotID sql.NullInt64  `sql:"snapshot_id"`
}

func (r *release) is(ref ReleaseRef) bool {
	switch {
	case !r.VersionID.Valid:
		return false
	case ref.Version == "":
		return r.VersionID == r.InForce
	default:
		return r.Version.String == ref.Version
	}
}

// joinReleases adds the releases in force and those of the given versions.
func joinReleases(s *entsql.Selector, versions []any) {
	v := entsql.Table(pipelineversion.Table)
	s.LeftJoin(v) // gives v the name by which its columns are known below
	wanted := entsql.ColumnsEQ(v.C(pipelineversion.FieldID), s.C(enttemplate.FieldReleasedVersionID))
	if len(versions) > 0 {
		wanted = entsql.Or(wanted, entsql.In(v.C(pipelineversion.FieldVersion), versions...))
	}
	s.OnP(entsql.And(
		entsql.ColumnsEQ(v.C(pipelineversion.FieldTemplateID), s.C(enttemplate.FieldID)),
		entsql.EQ(v.C(pipelineversion.FieldDraft), false), entsql.EQ(v.C(pipelineversion.FieldIsDeleted), false),
		wanted,
	))
	s.Select(
		s.C(enttemplate.FieldID), s.C(enttemplate.FieldReleasedVersionID),
		entsql.As(v.C(pipelineversion.FieldID), "version_id"),
		v.C(pipelineversion.FieldVersion), v.C(pipelineversion.FieldSnapshotID),
	)
}
