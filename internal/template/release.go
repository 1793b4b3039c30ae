package template

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/pipelineversion"
	"rehearse.dev/internal/auth"
)

// ReleaseParams is what Release takes.
type ReleaseParams struct {
	ID int
	// Version is the next one when nil.
	Version *string
	// Description says what changed; the draft's own stays when nil.
	Description *string
}

// Release turns the draft of a template into the release in force, in place, and
// returns its id.
//
// It refuses with NOT_FOUND at id, WRONG_STATE in a space without versioning,
// NO_VERSION without a draft, INVALID_PIPELINE while the tree has problems, and
// INVALID_VERSION for a version that is none, is taken, also by a deleted one, or
// is not above the release in force. Of two that release at once, one finds no
// draft any more.
func (s *Service) Release(ctx context.Context, caller auth.Caller, p ReleaseParams) (versionID int, err error) {
	var f found
	description := optional(f.Text, p.Description, maxVersionDescription, "description")
	var t *subject
	var version string
	err = s.run(ctx, &f, oneOf(caller, p.ID), func(ctx context.Context, c *ent.Client) (err error) {
		var ok bool
		if t, ok, err = s.subject(ctx, c, &f, caller, p.ID, "id"); err != nil || !ok {
			return err
		}
		if err := s.needVersioning(ctx, c, &f, t); err != nil {
			return err
		}
		if err := s.checkDraft(ctx, &f, t); err != nil {
			return err
		}
		version, err = chooseVersion(ctx, c, &f, t, p.Version)
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		versionID = *t.DraftVersionID
		change := tx.PipelineVersion.Update().
			SetDraft(false).SetVersion(version).SetNillableDescription(description)
		if err := changeDraft(ctx, change, versionID, caller, s.now()); err != nil {
			return err
		}
		return s.touch(ctx, tx.Template.Update().ClearDraftVersionID().SetReleasedVersionID(versionID), caller, t.ID)
	})
	if err != nil {
		return 0, err
	}
	return versionID, nil
}

func (s *Service) needVersioning(ctx context.Context, c *ent.Client, f *found, t *subject) error {
	versioned, err := s.versioned(ctx, c, t.SpaceID)
	if err == nil && !versioned {
		f.addf(wrongState, []string{"id"}, "the space has no versioning: every saved tree is a release already")
	}
	return err
}

// checkDraft looks for the draft and for what is wrong with its tree.
func (s *Service) checkDraft(ctx context.Context, f *found, t *subject) error {
	if t.draftTree == 0 {
		f.addf(noVersion, []string{"id"}, "the template has no draft")
		return nil
	}
	// The read client sees this tree: it was committed before our transaction.
	tree, err := s.trees.Get(ctx, s.store.Read, t.draftTree)
	if err != nil {
		return err
	}
	f.storedPipeline(tree.Problems(), "id")
	return nil
}

// chooseVersion returns the version that was asked for, or the next free one.
func chooseVersion(ctx context.Context, c *ent.Client, f *found, t *subject, asked *string) (string, error) {
	if asked != nil {
		if why := checkVersion(*asked, t.inForce); why != "" {
			f.addf(invalidVersion, []string{"version"}, "%s", why)
			return "", nil
		}
		taken, err := versionTaken(ctx, c, t.ID, *asked)
		if taken {
			f.addf(invalidVersion, []string{"version"}, "version %s was used before", *asked)
		}
		return *asked, err
	}
	for version := t.inForce; ; {
		bumped, ok := next(version)
		if !ok {
			f.addf(invalidVersion, []string{"version"}, "no version comes after %s; give one", version)
			return "", nil
		}
		taken, err := versionTaken(ctx, c, t.ID, bumped)
		if err != nil || !taken {
			return bumped, err
		}
		version = bumped
	}
}

func versionTaken(ctx context.Context, c *ent.Client, templateID int, version string) (bool, error) {
	taken, err := c.PipelineVersion.Query().
		Where(pipelineversion.TemplateID(templateID), pipelineversion.Version(version)).
		Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for version %s of template %d: %w", version, templateID, err)
	}
	return taken, nil
}

// releaseAtOnce makes a release of that snapshot with the next free version.
func (s *Service) releaseAtOnce(
	ctx context.Context, tx *ent.Tx, caller auth.Caller, t *subject, snapshotID int, description *string,
) (int, error) {
	change := tx.Template.Update()
	if t.DraftVersionID != nil {
		if err := s.dropDraft(ctx, tx, caller, t); err != nil {
			return 0, err
		}
		change.ClearDraftVersionID()
	}
	release, err := s.insertRelease(ctx, tx, caller, t, snapshotID, description)
	if err != nil {
		return 0, err
	}
	return release, s.touch(ctx, change.SetReleasedVersionID(release), caller, t.ID)
}

// insertRelease tries one version after the other: the next one is free unless
// somebody removed the release that had it, so asking first would be a waste.
func (s *Service) insertRelease(
	ctx context.Context, tx *ent.Tx, caller auth.Caller, t *subject, snapshotID int, description *string,
) (int, error) {
	now := s.now()
	for version := t.inForce; ; {
		bumped, ok := next(version)
		if !ok {
			var f found
			f.addf(invalidVersion, []string{"id"}, "no version comes after %s", version)
			return 0, f.Err()
		}
		release, err := tx.PipelineVersion.Create().
			SetTemplateID(t.ID).SetSnapshotID(snapshotID).
			SetDraft(false).SetVersion(bumped).
			SetNillableDescription(description).
			SetCreator(caller.Username).SetOperator(caller.Username).
			SetCreateTime(now).SetUpdateTime(now).
			OnConflictColumns(pipelineversion.FieldTemplateID, pipelineversion.FieldVersion).DoNothing().
			ID(ctx)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			version = bumped
		case err != nil:
			return 0, fmt.Errorf("insert release %s of template %d: %w", bumped, t.ID, err)
		default:
			return release, nil
		}
	}
}

// RollbackParams is what Rollback takes.
type RollbackParams struct {
	ID int
	// Version is that of the release to go back to.
	Version string
}

// Rollback copies the tree of a release into the draft and returns the draft's id.
// The release in force stays.
//
// It refuses with NOT_FOUND at id or version, and with WRONG_STATE in a space
// without versioning.
func (s *Service) Rollback(ctx context.Context, caller auth.Caller, p RollbackParams) (draftID int, err error) {
	var f found
	var t *subject
	var release *ent.PipelineVersion
	err = s.run(ctx, &f, oneOf(caller, p.ID), func(ctx context.Context, c *ent.Client) (err error) {
		var ok bool
		if t, ok, err = s.subject(ctx, c, &f, caller, p.ID, "id"); err != nil || !ok {
			return err
		}
		if err := s.needVersioning(ctx, c, &f, t); err != nil {
			return err
		}
		if checkVersion(p.Version, "") != "" { // no release has it, and PostgreSQL refuses to be asked for a NUL
			f.addf(notFound, []string{"version"}, "the template has no such release")
			return nil
		}
		release, err = c.PipelineVersion.Query().Where(
			pipelineversion.TemplateID(t.ID), pipelineversion.Version(p.Version),
			pipelineversion.Draft(false), pipelineversion.IsDeleted(false),
		).Only(ctx)
		if ent.IsNotFound(err) {
			f.addf(notFound, []string{"version"}, "the template has no such release")
			return nil
		}
		return err
	}, func(ctx context.Context, tx *ent.Tx) (err error) {
		based := "Based on " + p.Version
		draftID, err = s.putDraft(ctx, tx, caller, t, release.SnapshotID, &based)
		return err
	})
	if err != nil {
		return 0, err
	}
	return draftID, nil
}
