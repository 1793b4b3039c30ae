package template

import (
	"context"
	"fmt"
	"strconv"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/ent/mockscheme"
	"rehearse.dev/ent/predicate"
	"rehearse.dev/internal/auth"
)

// maxChoices is how many nodes a scheme may mock; a tree has at most 1000 nodes of
// a kind that can be.
const maxChoices = 1000

// Choice is one node of a scheme.
type Choice struct {
	NodeID string
	// PresetID is nil to mock the node without outputs.
	PresetID *int
}

// CreateSchemeParams is what CreateScheme takes.
type CreateSchemeParams struct {
	TemplateID int
	Name       string
	Choices    []Choice
}

// CreateScheme makes a scheme, a named choice of presets, and returns its id.
//
// It refuses with every problem of the input: NOT_FOUND at templateId, CONFLICT
// for a name that another scheme of the template has, INVALID_VALUE for a node
// that is chosen twice, UNKNOWN_NODE, NOT_AN_ACTIVITY, UNKNOWN_PRESET and
// PRESET_OF_OTHER_NODE at the choices, LIMIT_REACHED beyond 100 schemes.
func (s *Service) CreateScheme(ctx context.Context, caller auth.Caller, p CreateSchemeParams) (id int, err error) {
	var f found
	p.Name = f.Required(p.Name, maxName, "name")
	choices := f.choices(p.Choices)
	err = s.run(ctx, &f, oneOf(caller, p.TemplateID), func(ctx context.Context, c *ent.Client) error {
		t, ok, err := s.subject(ctx, c, &f, caller, p.TemplateID, "templateId")
		if err != nil || !ok {
			return err
		}
		if err := s.checkChoices(ctx, c, &f, t, "templateId", choices); err != nil {
			return err
		}
		names, err := schemeNames(ctx, c, t.ID)
		if len(names) >= maxSchemes {
			f.addf(limitReached, []string{"templateId"}, "the template has %d schemes, which is the limit", len(names))
		}
		if names[p.Name] != 0 {
			f.addf(conflict, []string{"name"}, "the template has a scheme of this name")
		}
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		now := s.now()
		row, err := tx.MockScheme.Create().
			SetTemplateID(p.TemplateID).SetName(p.Name).
			SetPresets(presetsOf(choices)).SetOperator(caller.Username).
			SetCreateTime(now).SetUpdateTime(now).
			Save(ctx)
		if err != nil {
			return fmt.Errorf("insert the scheme: %w", err)
		}
		id = row.ID
		return nil
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// UpdateSchemeParams is what UpdateScheme takes; nil stays as it is.
type UpdateSchemeParams struct {
	ID   int
	Name *string
	// Choices replace what is there; an empty list is not nil.
	Choices []Choice
}

// UpdateScheme changes what is given about a scheme.
//
// It refuses as CreateScheme does, with NOT_FOUND at id.
func (s *Service) UpdateScheme(ctx context.Context, caller auth.Caller, p UpdateSchemeParams) (id int, err error) {
	var f found
	p.Name = optional(f.Required, p.Name, maxName, "name")
	choices := f.choices(p.Choices)
	err = s.run(ctx, &f, ofScheme(caller, p.ID), func(ctx context.Context, c *ent.Client) error {
		old, ok, err := findScheme(ctx, c, &f, caller, p.ID)
		if err != nil || !ok {
			return err
		}
		if p.Choices != nil {
			if err := s.checkNewChoices(ctx, c, &f, caller, old.TemplateID, choices); err != nil {
				return err
			}
		}
		if p.Name == nil || *p.Name == old.Name {
			return nil
		}
		names, err := schemeNames(ctx, c, old.TemplateID)
		if names[*p.Name] != 0 {
			f.addf(conflict, []string{"name"}, "the template has a scheme of this name")
		}
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		change := tx.MockScheme.Update().Where(mockscheme.ID(p.ID)).
			SetNillableName(p.Name).
			SetOperator(caller.Username).SetUpdateTime(s.now())
		if p.Choices != nil {
			change.SetPresets(presetsOf(choices))
		}
		n, err := change.Save(ctx)
		if err != nil {
			return fmt.Errorf("change scheme %d: %w", p.ID, err)
		}
		if n == 0 {
			return errGone("scheme", p.ID)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return p.ID, nil
}

// DeleteScheme deletes a scheme; its presets stay. It refuses with NOT_FOUND at id.
func (s *Service) DeleteScheme(ctx context.Context, caller auth.Caller, id int) error {
	var f found
	return s.run(ctx, &f, ofScheme(caller, id), func(ctx context.Context, c *ent.Client) error {
		_, _, err := findScheme(ctx, c, &f, caller, id)
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		if _, err := tx.MockScheme.Delete().Where(mockscheme.ID(id)).Exec(ctx); err != nil {
			return fmt.Errorf("delete scheme %d: %w", id, err)
		}
		return nil
	})
}

// VisibleSchemes is the condition for the schemes that the caller may see.
func VisibleSchemes(caller auth.Caller) predicate.MockScheme {
	return mockscheme.HasTemplateWith(Visible(caller))
}

func findScheme(ctx context.Context, c *ent.Client, f *found, caller auth.Caller, id int) (*ent.MockScheme, bool, error) {
	row, err := c.MockScheme.Query().Where(mockscheme.ID(id), VisibleSchemes(caller)).Only(ctx)
	if ent.IsNotFound(err) {
		f.addf(notFound, []string{"id"}, "there is no such scheme")
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find scheme %d: %w", id, err)
	}
	if err := caller.May(auth.EditTemplate, targetOf(caller, row.TemplateID)); err != nil {
		return nil, false, err
	}
	return row, true, nil
}

// schemeNames returns the schemes of a template, name to id.
func schemeNames(ctx context.Context, c *ent.Client, templateID int) (map[string]int, error) {
	rows, err := c.MockScheme.Query().
		Where(mockscheme.TemplateID(templateID)).
		Select(mockscheme.FieldID, mockscheme.FieldName).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the schemes of template %d: %w", templateID, err)
	}
	names := make(map[string]int, len(rows))
	for _, row := range rows {
		names[row.Name] = row.ID
	}
	return names, nil
}

// choice is a Choice with its place in the input.
type choice struct {
	Choice
	at string
}

func (c choice) path(field string) []string { return []string{"choices", c.at, field} }

// choices checks what can be told from the list alone. A node that is there again
// is left out of the result.
func (f *found) choices(list []Choice) []choice {
	if n := len(list); n > maxChoices {
		f.addf(tooLong, []string{"choices"}, "%d nodes are chosen; at most %d are allowed", n, maxChoices)
		return nil
	}
	choices := make([]choice, 0, len(list))
	seen := make(map[string]bool, len(list))
	for i, item := range list {
		c := choice{item, strconv.Itoa(i)}
		if seen[c.NodeID] {
			f.nodef(invalidValue, c.NodeID, c.path("nodeId"), "node %s is chosen twice", brief(c.NodeID))
			continue
		}
		seen[c.NodeID] = true
		choices = append(choices, c)
	}
	return choices
}

// checkNewChoices is checkChoices for a scheme that exists.
func (s *Service) checkNewChoices(
	ctx context.Context, c *ent.Client, f *found, caller auth.Caller, templateID int, choices []choice,
) error {
	t, ok, err := s.subject(ctx, c, f, caller, templateID, "id")
	if err != nil || !ok {
		return err
	}
	return s.checkChoices(ctx, c, f, t, "id", choices)
}

// checkChoices looks for the nodes in the effective tree of t and for the presets
// among those of t.
func (s *Service) checkChoices(ctx context.Context, c *ent.Client, f *found, t *subject, owner string, choices []choice) error {
	refs := make([]nodeRef, len(choices))
	var wanted []int
	for i, item := range choices {
		refs[i] = nodeRef{item.NodeID, item.path("nodeId")}
		if item.PresetID != nil {
			wanted = append(wanted, *item.PresetID)
		}
	}
	if err := s.checkNodes(ctx, f, t, owner, refs...); err != nil || len(wanted) == 0 {
		return err
	}
	nodes, err := presetNodes(ctx, c, t.ID, wanted)
	if err != nil {
		return err
	}
	for _, item := range choices {
		if item.PresetID == nil {
			continue
		}
		switch node, ok := nodes[*item.PresetID]; {
		case !ok:
			f.nodef(unknownPreset, item.NodeID, item.path("presetId"), "the template has no such preset")
		case node != item.NodeID:
			f.nodef(presetOfOtherNode, item.NodeID, item.path("presetId"), "preset %d is for node %s", *item.PresetID, node)
		}
	}
	return nil
}

// presetNodes returns the node of each of those presets that the template has.
func presetNodes(ctx context.Context, c *ent.Client, templateID int, ids []int) (map[int]string, error) {
	rows, err := c.MockPreset.Query().
		Where(mockpreset.TemplateID(templateID), mockpreset.IDIn(ids...)).
		Select(mockpreset.FieldID, mockpreset.FieldNodeID).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read presets of template %d: %w", templateID, err)
	}
	nodes := make(map[int]string, len(rows))
	for _, row := range rows {
		nodes[row.ID] = row.NodeID
	}
	return nodes, nil
}

func presetsOf(choices []choice) map[string]int {
	presets := make(map[string]int, len(choices))
	for _, c := range choices {
		presets[c.NodeID] = 0
		if c.PresetID != nil {
			presets[c.NodeID] = *c.PresetID
		}
	}
	return presets
}
