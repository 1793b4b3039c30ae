package template

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/pipelineversion"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

// SaveDraftParams is what SaveDraft takes.
type SaveDraftParams struct {
	ID           int
	PipelineTree json.RawMessage
	// Description says what changed. When nil, a draft keeps its own and a new one
	// names the release that it is based on.
	Description *string
}

// SaveDraftResult is what SaveDraft answers.
type SaveDraftResult struct {
	TemplateID int
	// VersionID is the draft, or the new release in a space without versioning.
	VersionID int
	// Warnings are the problems of the draft's tree.
	Warnings []fault.Problem
}

// SaveDraft stores a tree as the one draft of a template. The tree may be
// incomplete; what is wrong with it comes back as warnings.
//
// In a space without versioning the tree becomes a release at once, with the next
// version, and must have no problems. A draft from a time with versioning is
// discarded then, because it would go on hiding what is saved.
//
// It refuses with every problem of the input, and with NOT_FOUND at id.
func (s *Service) SaveDraft(ctx context.Context, caller auth.Caller, p SaveDraftParams) (SaveDraftResult, error) {
	var f found
	description := optional(f.Text, p.Description, maxVersionDescription, "description")
	tree := s.trees.read(&f, p.PipelineTree, "pipelineTree")
	result := SaveDraftResult{TemplateID: p.ID}
	if tree != nil {
		// Checked before the writer is taken.
		result.Warnings = pipelineProblems(tree.Problems(), "pipelineTree")
	}

	var t *subject
	var versioned bool
	err := s.run(ctx, &f, oneOf(caller, p.ID), func(ctx context.Context, c *ent.Client) (err error) {
		var ok bool
		if t, ok, err = s.subject(ctx, c, &f, caller, p.ID, "id"); err != nil || !ok {
			return err
		}
		versioned, err = s.versioned(ctx, c, t.SpaceID)
		if err == nil && !versioned {
			f.Append(result.Warnings...)
		}
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		snapshotID, err := store.EnsureSnapshot(ctx, tx, tree.Pipeline, s.now())
		if err != nil {
			return err
		}
		if versioned {
			result.VersionID, err = s.putDraft(ctx, tx, caller, t, snapshotID, description)
			return err
		}
		result.VersionID, err = s.releaseAtOnce(ctx, tx, caller, t, snapshotID, description)
		return err
	})
	if err != nil {
		return SaveDraftResult{}, err
	}
	return result, nil
}

// putDraft makes the draft of t hold that snapshot, whether there is one or not.
func (s *Service) putDraft(
	ctx context.Context, tx *ent.Tx, caller auth.Caller, t *subject, snapshotID int, description *string,
) (int, error) {
	now := s.now()
	if t.DraftVersionID != nil {
		draft := *t.DraftVersionID
		change := tx.PipelineVersion.Update().
			SetSnapshotID(snapshotID).SetNillableDescription(description)
		if err := changeDraft(ctx, change, draft, caller, now); err != nil {
			return 0, err
		}
		return draft, s.touch(ctx, tx.Template.Update(), caller, t.ID)
	}
	if description == nil && t.inForce != "" {
		based := "Based on " + t.inForce
		description = &based
	}
	draft, err := idOf(tx.PipelineVersion.Create().
		SetTemplateID(t.ID).SetSnapshotID(snapshotID).SetDraft(true).
		SetNillableDescription(description).
		SetCreator(caller.Username).SetOperator(caller.Username).
		SetCreateTime(now).SetUpdateTime(now).
		Save(ctx))
	if err != nil {
		return 0, fmt.Errorf("insert the draft of template %d: %w", t.ID, err)
	}
	return draft, s.touch(ctx, tx.Template.Update().SetDraftVersionID(draft), caller, t.ID)
}

// changeDraft writes a change of a version as long as it is a live draft.
func changeDraft(ctx context.Context, change *ent.PipelineVersionUpdate, draft int, caller auth.Caller, now time.Time) error {
	n, err := change.
		Where(pipelineversion.ID(draft), pipelineversion.Draft(true), pipelineversion.IsDeleted(false)).
		SetOperator(caller.Username).SetUpdateTime(now).
		Save(ctx)
	if err != nil {
		return fmt.Errorf("change draft %d: %w", draft, err)
	}
	if n == 0 {
		return errGone("draft", draft)
	}
	return nil
}

// DiscardDraft throws the draft of a template away, so that the release in force
// is used again.
//
// It refuses with NOT_FOUND, or with NO_VERSION when there is no draft or no
// release, all at id.
func (s *Service) DiscardDraft(ctx context.Context, caller auth.Caller, templateID int) error {
	var f found
	var t *subject
	return s.run(ctx, &f, oneOf(caller, templateID), func(ctx context.Context, c *ent.Client) (err error) {
		var ok bool
		if t, ok, err = s.subject(ctx, c, &f, caller, templateID, "id"); err != nil || !ok {
			return err
		}
		if t.DraftVersionID == nil {
			f.addf(noVersion, []string{"id"}, "the template has no draft")
		}
		if t.ReleasedVersionID == nil {
			f.addf(noVersion, []string{"id"}, "the template has no release to go back to")
		}
		return nil
	}, func(ctx context.Context, tx *ent.Tx) error {
		if err := s.dropDraft(ctx, tx, caller, t); err != nil {
			return err
		}
		return s.touch(ctx, tx.Template.Update().ClearDraftVersionID(), caller, t.ID)
	})
}

func (s *Service) dropDraft(ctx context.Context, tx *ent.Tx, caller auth.Caller, t *subject) error {
	return changeDraft(ctx, tx.PipelineVersion.Update().SetIsDeleted(true), *t.DraftVersionID, caller, s.now())
}

// idOf keeps the id of a row that was just written: the entity belongs to the transaction.
func idOf(row *ent.PipelineVersion, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return row.ID, nil
}
