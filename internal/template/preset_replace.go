package template

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/internal/auth"
)

// ReplacePresetsParams is what ReplacePresets takes.
type ReplacePresetsParams struct {
	TemplateID int
	// Presets are at most 1000.
	Presets []PresetItem
	// DeleteOthers deletes the presets of the template that are not listed.
	DeleteOthers bool
}

// PresetItem is one preset of ReplacePresets.
type PresetItem struct {
	// ID is the preset to change; nil makes a new one.
	ID        *int
	NodeID    string
	Name      string
	Outputs   json.RawMessage
	IsDefault bool
}

// ReplacePresets changes the listed presets that have an id, makes the others and,
// only if told so, deletes those that are not listed. It returns the ids in the
// order of the list. All of it happens or nothing.
//
// It refuses as CreatePreset does, for each item, and with UNKNOWN_PRESET for an
// id that the template does not have, INVALID_VALUE for an id or a node's default
// that is listed twice, CONFLICT where a scheme would lose its preset,
// LIMIT_REACHED when more than 1000 would be left.
func (s *Service) ReplacePresets(ctx context.Context, caller auth.Caller, p ReplacePresetsParams) (ids []int, err error) {
	var f found
	if n := len(p.Presets); n > maxPresets {
		f.addf(tooLong, []string{"presets"}, "%d presets are listed; at most %d are allowed", n, maxPresets)
		return nil, f.Err()
	}
	p.Presets = slices.Clone(p.Presets)
	refs := f.presetItems(p.Presets)
	r := replacement{caller: caller, now: s.now(), params: p}
	err = s.run(ctx, &f, oneOf(caller, p.TemplateID), func(ctx context.Context, c *ent.Client) error {
		t, ok, err := s.subject(ctx, c, &f, caller, p.TemplateID, "templateId")
		if err != nil || !ok {
			return err
		}
		if err := s.checkNodes(ctx, &f, t, "templateId", refs...); err != nil {
			return err
		}
		return r.check(ctx, c, &f)
	}, func(ctx context.Context, tx *ent.Tx) (err error) {
		ids, err = r.write(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// presetItems checks what can be told from the list alone, trims the names in
// place and returns the nodes.
func (f *found) presetItems(items []PresetItem) []nodeRef {
	refs := make([]nodeRef, len(items))
	seen := map[int]bool{}
	defaults := map[string]bool{}
	for i := range items {
		item := &items[i]
		at := func(field string) []string { return []string{"presets", strconv.Itoa(i), field} }
		item.Name = f.Required(item.Name, maxName, at("name")...)
		f.object(item.Outputs, at("outputs")...)
		refs[i] = nodeRef{item.NodeID, at("nodeId")}
		if item.ID != nil {
			if seen[*item.ID] {
				f.addf(invalidValue, at("id"), "preset %d is listed twice", *item.ID)
			}
			seen[*item.ID] = true
		}
		if item.IsDefault {
			if defaults[item.NodeID] {
				f.nodef(invalidValue, item.NodeID, at("isDefault"), "node %s has a default further up in the list", brief(item.NodeID))
			}
			defaults[item.NodeID] = true
		}
	}
	return refs
}

// replacement is the change from the stored presets to the listed ones.
type replacement struct {
	caller auth.Caller
	now    time.Time
	params ReplacePresetsParams

	stored map[int]*ent.MockPreset
	// unlisted are the ids that the list leaves out, ascending.
	unlisted []int
}

func (r *replacement) check(ctx context.Context, c *ent.Client, f *found) error {
	rows, err := c.MockPreset.Query().
		Where(mockpreset.TemplateID(r.params.TemplateID)).
		Order(ent.Asc(mockpreset.FieldID)).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the presets of template %d: %w", r.params.TemplateID, err)
	}
	r.stored = make(map[int]*ent.MockPreset, len(rows))
	for _, row := range rows {
		r.stored[row.ID] = row
	}
	users, err := presetUsers(ctx, c, r.params.TemplateID)
	if err != nil {
		return err
	}
	listed := map[int]bool{}
	for i, item := range r.params.Presets {
		if item.ID == nil {
			continue
		}
		listed[*item.ID] = true
		r.checkStored(f, i, item, users[*item.ID])
	}
	for _, row := range rows {
		if !listed[row.ID] {
			r.unlisted = append(r.unlisted, row.ID)
		}
	}
	return r.checkUnlisted(f, users)
}

func (r *replacement) checkStored(f *found, i int, item PresetItem, users []string) {
	row := r.stored[*item.ID]
	switch {
	case row == nil:
		f.nodef(unknownPreset, item.NodeID, []string{"presets", strconv.Itoa(i), "id"}, "the template has no such preset")
	case row.NodeID != item.NodeID && len(users) > 0:
		f.nodef(conflict, row.NodeID, []string{"presets", strconv.Itoa(i), "nodeId"},
			"the preset stays at its node, because it is used there by %s", naming(users))
	}
}

func (r *replacement) checkUnlisted(f *found, users map[int][]string) error {
	if !r.params.DeleteOthers {
		if n := len(r.params.Presets) + len(r.unlisted); n > maxPresets {
			f.addf(limitReached, []string{"presets"}, "the template would have %d presets; at most %d are allowed", n, maxPresets)
		}
		return nil
	}
	for _, id := range r.unlisted {
		if names := users[id]; len(names) > 0 {
			f.nodef(conflict, r.stored[id].NodeID, []string{"deleteOthers"}, "preset %d is not listed, and it is used by %s", id, naming(names))
		}
	}
	return nil
}

func (r *replacement) write(ctx context.Context, tx *ent.Tx) ([]int, error) {
	if r.params.DeleteOthers && len(r.unlisted) > 0 {
		if _, err := tx.MockPreset.Delete().Where(mockpreset.IDIn(r.unlisted...)).Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete presets: %w", err)
		}
		for _, id := range r.unlisted {
			delete(r.stored, id)
		}
	}
	if err := r.clearDefaults(ctx, tx); err != nil {
		return nil, err
	}
	ids := make([]int, len(r.params.Presets))
	var creates []*ent.MockPresetCreate
	var created []int // the positions of the new ones
	for i, item := range r.params.Presets {
		if item.ID == nil {
			creates, created = append(creates, r.create(tx, item)), append(created, i)
			continue
		}
		ids[i] = *item.ID
		if err := r.change(ctx, tx, item); err != nil {
			return nil, err
		}
	}
	rows, err := tx.MockPreset.CreateBulk(creates...).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("insert presets: %w", err)
	}
	for k, row := range rows {
		ids[created[k]] = row.ID
	}
	return ids, nil
}

// clearDefaults takes the defaults away that will not be any more, before others
// take their place: a node may not have two at any moment.
func (r *replacement) clearDefaults(ctx context.Context, tx *ent.Tx) error {
	taken := map[string]bool{} // nodes with a listed default
	final := map[int]string{}  // listed id to the node that it will be the default of
	for _, item := range r.params.Presets {
		if item.IsDefault {
			taken[item.NodeID] = true
		}
		if item.ID != nil {
			final[*item.ID] = ""
			if item.IsDefault {
				final[*item.ID] = item.NodeID
			}
		}
	}
	var lose []int
	for id, row := range r.stored {
		node, listed := final[id]
		if row.IsDefault && (listed && node != row.NodeID || !listed && taken[row.NodeID]) {
			lose = append(lose, id)
			row.IsDefault = false
		}
	}
	if len(lose) == 0 {
		return nil
	}
	err := tx.MockPreset.Update().Where(mockpreset.IDIn(lose...)).
		SetIsDefault(false).SetOperator(r.caller.Username).SetUpdateTime(r.now).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("clear defaults: %w", err)
	}
	return nil
}

func (r *replacement) create(tx *ent.Tx, item PresetItem) *ent.MockPresetCreate {
	return tx.MockPreset.Create().
		SetTemplateID(r.params.TemplateID).SetNodeID(item.NodeID).SetName(item.Name).
		SetOutputs(item.Outputs).SetIsDefault(item.IsDefault).SetOperator(r.caller.Username).
		SetCreateTime(r.now).SetUpdateTime(r.now)
}

// change writes a listed preset, unless it is what is stored.
func (r *replacement) change(ctx context.Context, tx *ent.Tx, item PresetItem) error {
	row := r.stored[*item.ID]
	if row.NodeID == item.NodeID && row.Name == item.Name &&
		row.IsDefault == item.IsDefault && bytes.Equal(row.Outputs, item.Outputs) {
		return nil
	}
	err := tx.MockPreset.Update().Where(mockpreset.ID(*item.ID)).
		SetNodeID(item.NodeID).SetName(item.Name).
		SetOutputs(item.Outputs).SetIsDefault(item.IsDefault).
		SetOperator(r.caller.Username).SetUpdateTime(r.now).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("change preset %d: %w", *item.ID, err)
	}
	return nil
}
