package template

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/template"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store"
)

// Seed is a template that Plant makes: a release, perhaps a draft over it, and presets.
type Seed struct {
	Name, Description string
	Release           json.RawMessage
	// Draft is nil for none.
	Draft   json.RawMessage
	Presets []SeedPreset
}

// SeedPreset is a preset of a Seed.
type SeedPreset struct {
	NodeID, Name string
	Outputs      json.RawMessage
	IsDefault    bool
}

// Plant makes templates in a space with versioning within a transaction of the caller's,
// all or none together with what else that writes, and returns their ids. The caller
// vouches for the space.
//
// It is for data that the program itself brings along: texts are stored as they are. A
// release that may not run is refused with INVALID_PIPELINE, a preset for what is no
// activity of the effective tree with NOT_AN_ACTIVITY.
func (s *Service) Plant(ctx context.Context, tx *ent.Tx, caller auth.Caller, spaceID int, seeds []Seed) ([]int, error) {
	ids := make([]int, 0, len(seeds))
	for _, seed := range seeds {
		id, err := s.plant(ctx, tx, caller, spaceID, seed)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", seed.Name, err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *Service) plant(ctx context.Context, tx *ent.Tx, caller auth.Caller, spaceID int, seed Seed) (int, error) {
	var f found
	release := s.trees.read(&f, seed.Release)
	if release != nil {
		f.Append(pipelineProblems(release.Problems())...)
	}
	effective := release
	var draft *Tree
	if seed.Draft != nil {
		draft = s.trees.read(&f, seed.Draft)
		effective = draft
	}
	for _, p := range seed.Presets {
		if effective == nil {
			break
		}
		if node := effective.Pipeline.Node(p.NodeID); node == nil || node.Activity == nil {
			f.nodef(notAnActivity, p.NodeID, nil, "preset %s: %s is no activity of the tree", p.Name, brief(p.NodeID))
		}
	}
	if err := f.Err(); err != nil {
		return 0, err
	}
	made, err := s.insert(ctx, tx, fresh{
		appID: caller.OwnerID(), spaceID: spaceID, name: seed.Name, description: seed.Description,
		notify: json.RawMessage("{}"), creator: caller.Username, isEnabled: true, tree: release,
	})
	if err != nil {
		return 0, err
	}
	if draft != nil {
		snapshotID, err := store.EnsureSnapshot(ctx, tx, draft.Pipeline, s.now())
		if err != nil {
			return 0, err
		}
		of := &subject{Template: &ent.Template{ID: made.TemplateID}, inForce: firstVersion}
		if _, err := s.putDraft(ctx, tx, caller, of, snapshotID, nil); err != nil {
			return 0, err
		}
	}
	return made.TemplateID, s.plantPresets(ctx, tx, caller, made.TemplateID, seed.Presets)
}

func (s *Service) plantPresets(ctx context.Context, tx *ent.Tx, caller auth.Caller, templateID int, presets []SeedPreset) error {
	rows := make([]*ent.MockPresetCreate, len(presets))
	now := s.now()
	for i, p := range presets {
		rows[i] = tx.MockPreset.Create().
			SetTemplateID(templateID).SetNodeID(p.NodeID).SetName(p.Name).
			SetOutputs(p.Outputs).SetIsDefault(p.IsDefault).SetOperator(caller.Username).
			SetCreateTime(now).SetUpdateTime(now)
	}
	if err := tx.MockPreset.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("insert presets: %w", err)
	}
	return nil
}

// Uproot deletes the templates of a space that a user has made, within a transaction of
// the caller's.
func (s *Service) Uproot(ctx context.Context, tx *ent.Tx, caller auth.Caller, spaceID int) error {
	err := tx.Template.Update().
		Where(template.SpaceID(spaceID), template.Creator(caller.Username), template.IsDeleted(false)).
		SetIsDeleted(true).SetUpdateTime(s.now()).SetUpdatedBy(caller.Username).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("delete the templates of %s: %w", caller.Username, err)
	}
	return nil
}
