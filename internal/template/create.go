package template

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/space"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

// CreateParams is what Create takes; limits are those of createTemplate.
type CreateParams struct {
	SpaceID     int
	Name        string
	Description string
	// ScopeType and ScopeValue are both nil or both given.
	ScopeType, ScopeValue *string
	// NotifyConfig is raw JSON; nil is {}.
	NotifyConfig json.RawMessage
	PipelineTree json.RawMessage
	// Creator is the user of the call when nil.
	Creator *string
}

// CreateResult is what Create and Copy answer.
type CreateResult struct {
	TemplateID int
	// VersionID is the draft, or the first release in a space without versioning.
	VersionID int
	// Warnings are the problems of the draft's tree.
	Warnings []fault.Problem
}

// Create makes a template whose draft is the given tree, which may be incomplete.
// In a space without versioning the tree becomes release 1.0.0 and must have no
// problems.
//
// It refuses with every problem of the input, and with NOT_FOUND at spaceId for a
// space that the caller may not see.
func (s *Service) Create(ctx context.Context, caller auth.Caller, p CreateParams) (CreateResult, error) {
	var f found
	fresh := fresh{
		name:        f.Required(p.Name, maxName, "name"),
		description: f.Text(p.Description, maxDescription, "description"),
		notify:      json.RawMessage("{}"),
		creator:     caller.Username,
		isEnabled:   true,
	}
	if p.Creator != nil {
		fresh.creator = f.Text(*p.Creator, maxCreator, "creator")
	}
	fresh.scopeType, fresh.scopeValue = f.scope(p.ScopeType, p.ScopeValue)
	if p.NotifyConfig != nil {
		f.notifyConfig(p.NotifyConfig)
		fresh.notify = p.NotifyConfig
	}
	fresh.tree = s.trees.read(&f, p.PipelineTree, "pipelineTree")

	var result CreateResult
	err := s.run(ctx, &f, nil, func(ctx context.Context, c *ent.Client) error {
		row, ok, err := s.space(ctx, c, &f, caller, p.SpaceID)
		if err != nil || !ok {
			return err
		}
		fresh.appID, fresh.spaceID = row.AppID, row.ID
		fresh.versioned, err = s.versioned(ctx, c, row.ID)
		if err == nil && !fresh.versioned && fresh.tree != nil {
			f.Append(pipelineProblems(fresh.tree.Problems(), "pipelineTree")...)
		}
		return err
	}, func(ctx context.Context, tx *ent.Tx) (err error) {
		result, err = s.insert(ctx, tx, fresh)
		return err
	})
	if err != nil {
		return CreateResult{}, err
	}
	result.Warnings = pipelineProblems(fresh.tree.Problems(), "pipelineTree")
	return result, nil
}

// space finds a live space in which the caller may make templates.
func (s *Service) space(ctx context.Context, c *ent.Client, f *found, caller auth.Caller, id int) (*ent.Space, bool, error) {
	row, err := c.Space.Query().Where(space.ID(id), space.IsDeleted(false)).Only(ctx)
	if err == nil {
		err = caller.May(auth.EditTemplate, auth.Target{AppID: row.AppID, SpaceID: row.ID})
	}
	switch {
	case err == nil:
		return row, true, nil
	case ent.IsNotFound(err), fault.CodeOf(err) == fault.CodeNotFound:
		f.addf(notFound, []string{"spaceId"}, "there is no such space")
		return nil, false, nil
	}
	return nil, false, fmt.Errorf("find space %d: %w", id, err)
}

// scope checks a scope of which both parts are given or none.
func (f *found) scope(kind, value *string) (*string, *string) {
	switch {
	case kind == nil && value == nil:
		return nil, nil
	case kind == nil:
		f.addf(required, []string{"scopeType"}, "scopeType is needed together with scopeValue")
	case value == nil:
		f.addf(required, []string{"scopeValue"}, "scopeValue is needed together with scopeType")
	}
	return optional(f.Required, kind, maxScope, "scopeType"), optional(f.Required, value, maxScope, "scopeValue")
}

// fresh is a template to be.
type fresh struct {
	appID, spaceID        int
	name, description     string
	scopeType, scopeValue *string
	notify                json.RawMessage
	creator               string
	isEnabled             bool
	tree                  *Tree
	versioned             bool
}

func (s *Service) insert(ctx context.Context, tx *ent.Tx, n fresh) (CreateResult, error) {
	now := s.now()
	snapshotID, err := store.EnsureSnapshot(ctx, tx, n.tree.Pipeline, now)
	if err != nil {
		return CreateResult{}, err
	}
	templateID, err := insertTemplate(ctx, tx, n, now)
	if err != nil {
		return CreateResult{}, err
	}
	v := tx.PipelineVersion.Create().
		SetTemplateID(templateID).SetSnapshotID(snapshotID).
		SetDraft(n.versioned).
		SetCreator(n.creator).SetOperator(n.creator).
		SetCreateTime(now).SetUpdateTime(now)
	if !n.versioned {
		v.SetVersion(firstVersion)
	}
	versionID, err := idOf(v.Save(ctx))
	if err != nil {
		return CreateResult{}, fmt.Errorf("insert the first version: %w", err)
	}
	// The two rows name each other, so one of them has to wait.
	change := tx.Template.Update().Where(only(templateID))
	if n.versioned {
		change.SetDraftVersionID(versionID)
	} else {
		change.SetReleasedVersionID(versionID)
	}
	if err := change.Exec(ctx); err != nil {
		return CreateResult{}, fmt.Errorf("link the first version: %w", err)
	}
	return CreateResult{TemplateID: templateID, VersionID: versionID}, nil
}

func insertTemplate(ctx context.Context, tx *ent.Tx, n fresh, now time.Time) (int, error) {
	row, err := tx.Template.Create().
		SetAppID(n.appID).SetSpaceID(n.spaceID).
		SetName(n.name).SetDescription(n.description).
		SetNillableScopeType(n.scopeType).SetNillableScopeValue(n.scopeValue).
		SetNotifyConfig(n.notify).SetIsEnabled(n.isEnabled).
		SetCreator(n.creator).SetUpdatedBy(n.creator).
		SetCreateTime(now).SetUpdateTime(now).
		Save(ctx)
	if err != nil {
		return 0, fmt.Errorf("insert the template: %w", err)
	}
	return row.ID, nil
}
