package template

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/ent/predicate"
	"rehearse.dev/internal/auth"
)

// Limits that keep the lists of a template readable in one answer (contract).
const (
	maxPresets = 1000
	maxSchemes = 100
)

// CreatePresetParams is what CreatePreset takes.
type CreatePresetParams struct {
	TemplateID int
	NodeID     string
	Name       string
	// Outputs is a JSON object, kept byte for byte.
	Outputs   json.RawMessage
	IsDefault bool
}

// CreatePreset makes a preset for an activity of the effective tree and returns
// its id. A default takes the place of the node's present one.
//
// It refuses with every problem of the input: NOT_FOUND at templateId,
// UNKNOWN_NODE or NOT_AN_ACTIVITY at nodeId, WRONG_TYPE for outputs that are no
// object, LIMIT_REACHED beyond 1000 presets.
func (s *Service) CreatePreset(ctx context.Context, caller auth.Caller, p CreatePresetParams) (id int, err error) {
	var f found
	p.Name = f.Required(p.Name, maxName, "name")
	f.object(p.Outputs, "outputs")
	err = s.run(ctx, &f, oneOf(caller, p.TemplateID), func(ctx context.Context, c *ent.Client) error {
		t, ok, err := s.subject(ctx, c, &f, caller, p.TemplateID, "templateId")
		if err != nil || !ok {
			return err
		}
		if err := s.checkNodes(ctx, &f, t, "templateId", nodeRef{p.NodeID, []string{"nodeId"}}); err != nil {
			return err
		}
		n, err := c.MockPreset.Query().Where(mockpreset.TemplateID(t.ID)).Count(ctx)
		if n >= maxPresets {
			f.addf(limitReached, []string{"templateId"}, "the template has %d presets, which is the limit", n)
		}
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		if p.IsDefault {
			if err := s.clearDefault(ctx, tx, caller, p.TemplateID, p.NodeID, 0); err != nil {
				return err
			}
		}
		now := s.now()
		row, err := tx.MockPreset.Create().
			SetTemplateID(p.TemplateID).SetNodeID(p.NodeID).SetName(p.Name).
			SetOutputs(p.Outputs).SetIsDefault(p.IsDefault).SetOperator(caller.Username).
			SetCreateTime(now).SetUpdateTime(now).
			Save(ctx)
		if err != nil {
			return fmt.Errorf("insert the preset: %w", err)
		}
		id = row.ID
		return nil
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// clearDefault takes the default of a node away from every preset but one.
func (s *Service) clearDefault(ctx context.Context, tx *ent.Tx, caller auth.Caller, templateID int, node string, except int) error {
	err := tx.MockPreset.Update().
		Where(
			mockpreset.TemplateID(templateID), mockpreset.NodeID(node),
			mockpreset.IsDefault(true), mockpreset.IDNEQ(except),
		).
		SetIsDefault(false).SetOperator(caller.Username).SetUpdateTime(s.now()).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("clear the default of node %s: %w", node, err)
	}
	return nil
}

// UpdatePresetParams is what UpdatePreset takes; nil stays as it is.
type UpdatePresetParams struct {
	ID        int
	NodeID    *string
	Name      *string
	Outputs   json.RawMessage
	IsDefault *bool
}

// UpdatePreset changes what is given about a preset. Only a new node id is looked
// up in the effective tree, so that a preset can be renamed when its node is gone.
//
// It refuses as CreatePreset does, with NOT_FOUND at id, and with CONFLICT when a
// scheme uses the preset for the node that it would leave.
func (s *Service) UpdatePreset(ctx context.Context, caller auth.Caller, p UpdatePresetParams) (id int, err error) {
	var f found
	p.Name = optional(f.Required, p.Name, maxName, "name")
	if p.Outputs != nil {
		f.object(p.Outputs, "outputs")
	}
	var old *ent.MockPreset
	err = s.run(ctx, &f, ofPreset(caller, p.ID), func(ctx context.Context, c *ent.Client) (err error) {
		var ok bool
		if old, ok, err = findPreset(ctx, c, &f, caller, p.ID); err != nil || !ok {
			return err
		}
		if p.NodeID == nil || *p.NodeID == old.NodeID {
			return nil
		}
		return s.checkMove(ctx, c, &f, caller, old, *p.NodeID)
	}, func(ctx context.Context, tx *ent.Tx) error {
		return s.changePreset(ctx, tx, caller, old, p)
	})
	if err != nil {
		return 0, err
	}
	return p.ID, nil
}

func (s *Service) checkMove(ctx context.Context, c *ent.Client, f *found, caller auth.Caller, old *ent.MockPreset, node string) error {
	t, ok, err := s.subject(ctx, c, f, caller, old.TemplateID, "id")
	if err != nil || !ok {
		return err
	}
	if err := s.checkNodes(ctx, f, t, "id", nodeRef{node, []string{"nodeId"}}); err != nil {
		return err
	}
	users, err := presetUsers(ctx, c, old.TemplateID)
	if names := users[old.ID]; len(names) > 0 {
		f.nodef(conflict, old.NodeID, []string{"nodeId"}, "the preset stays at its node, because it is used there by %s", naming(names))
	}
	return err
}

func (s *Service) changePreset(ctx context.Context, tx *ent.Tx, caller auth.Caller, old *ent.MockPreset, p UpdatePresetParams) error {
	node, isDefault := old.NodeID, old.IsDefault
	if p.NodeID != nil {
		node = *p.NodeID
	}
	if p.IsDefault != nil {
		isDefault = *p.IsDefault
	}
	if isDefault {
		if err := s.clearDefault(ctx, tx, caller, old.TemplateID, node, old.ID); err != nil {
			return err
		}
	}
	change := tx.MockPreset.Update().Where(mockpreset.ID(old.ID)).
		SetNodeID(node).SetIsDefault(isDefault).SetNillableName(p.Name).
		SetOperator(caller.Username).SetUpdateTime(s.now())
	if p.Outputs != nil {
		change.SetOutputs(p.Outputs)
	}
	n, err := change.Save(ctx)
	if err != nil {
		return fmt.Errorf("change preset %d: %w", old.ID, err)
	}
	if n == 0 {
		return errGone("preset", old.ID)
	}
	return nil
}

// DeletePreset deletes a preset. Tasks made with it keep what they froze.
//
// It refuses with NOT_FOUND at id, and with CONFLICT while a scheme uses it.
func (s *Service) DeletePreset(ctx context.Context, caller auth.Caller, id int) error {
	var f found
	return s.run(ctx, &f, ofPreset(caller, id), func(ctx context.Context, c *ent.Client) error {
		old, ok, err := findPreset(ctx, c, &f, caller, id)
		if err != nil || !ok {
			return err
		}
		users, err := presetUsers(ctx, c, old.TemplateID)
		if names := users[id]; len(names) > 0 {
			f.nodef(conflict, old.NodeID, []string{"id"}, "the preset is used by %s", naming(names))
		}
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		if _, err := tx.MockPreset.Delete().Where(mockpreset.ID(id)).Exec(ctx); err != nil {
			return fmt.Errorf("delete preset %d: %w", id, err)
		}
		return nil
	})
}

// VisiblePresets is the condition for the presets that the caller may see.
func VisiblePresets(caller auth.Caller) predicate.MockPreset {
	return mockpreset.HasTemplateWith(Visible(caller))
}

func findPreset(ctx context.Context, c *ent.Client, f *found, caller auth.Caller, id int) (*ent.MockPreset, bool, error) {
	row, err := c.MockPreset.Query().Where(mockpreset.ID(id), VisiblePresets(caller)).Only(ctx)
	if ent.IsNotFound(err) {
		f.addf(notFound, []string{"id"}, "there is no such preset")
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find preset %d: %w", id, err)
	}
	if err := caller.May(auth.EditTemplate, targetOf(caller, row.TemplateID)); err != nil {
		return nil, false, err
	}
	return row, true, nil
}
