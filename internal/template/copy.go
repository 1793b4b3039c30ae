package template

import (
	"context"
	"strings"

	"rehearse.dev/ent"
	"rehearse.dev/internal/auth"
)

// CopyParams is what Copy takes.
type CopyParams struct {
	ID int
	// Name is "Copy" and the old name when nil.
	Name *string
}

// Copy makes a template in the same space whose draft is the effective tree of
// another one, with the same node ids, so that what refers to nodes fits the copy
// too. Versions, presets and schemes are not copied. In a space without
// versioning the copy has release 1.0.0 and the tree must have no problems.
//
// It refuses with NOT_FOUND, or with NO_VERSION for a template without a tree, at
// id, and with the problems of the name.
func (s *Service) Copy(ctx context.Context, caller auth.Caller, p CopyParams) (CreateResult, error) {
	var f found
	name := optional(f.Required, p.Name, maxName, "name")
	var copied fresh
	var result CreateResult
	err := s.run(ctx, &f, nil, func(ctx context.Context, c *ent.Client) error {
		t, ok, err := s.subjectFor(ctx, c, &f, caller, auth.CopyTemplate, p.ID, "id")
		if err != nil || !ok {
			return err
		}
		if t.tree() == 0 {
			f.addf(noVersion, []string{"id"}, "the template has neither a draft nor a release")
			return nil
		}
		copied, err = s.copyOf(ctx, c, t)
		if err != nil {
			return err
		}
		copied.creator = caller.Username
		if name != nil {
			copied.name = *name
		}
		if !copied.versioned {
			f.storedPipeline(copied.tree.Problems(), "id")
		}
		return nil
	}, func(ctx context.Context, tx *ent.Tx) (err error) {
		result, err = s.insert(ctx, tx, copied)
		return err
	})
	if err != nil {
		return CreateResult{}, err
	}
	var warnings found
	warnings.storedPipeline(copied.tree.Problems(), "id")
	result.Warnings = warnings.Problems()
	return result, nil
}

func (s *Service) copyOf(ctx context.Context, c *ent.Client, t *subject) (fresh, error) {
	versioned, err := s.versioned(ctx, c, t.SpaceID)
	if err != nil {
		return fresh{}, err
	}
	tree, err := s.trees.Get(ctx, s.store.Read, t.tree())
	if err != nil {
		return fresh{}, err
	}
	return fresh{
		appID: t.AppID, spaceID: t.SpaceID,
		name: strings.TrimSpace(cut("Copy "+t.Name, maxName)), description: t.Description,
		scopeType: t.ScopeType, scopeValue: t.ScopeValue,
		notify: t.NotifyConfig, isEnabled: t.IsEnabled,
		tree: tree, versioned: versioned,
	}, nil
}
