package app

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	entspace "rehearse.dev/ent/space"
	"rehearse.dev/ent/spaceconfig"
	enttemplate "rehearse.dev/ent/template"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/template"
)

//go:embed demo/*.json
var demoTrees embed.FS

// demoPreset is a preset of a demo template.
type demoPreset struct {
	node, name, outputs string
	isDefault           bool
}

// demoTemplates is the data to play with: one template with a release and a
// changed draft, one with a release only.
var demoTemplates = []struct {
	name, description, release, draft string
	presets                           []demoPreset
}{
	{
		name: "refund an order", release: "refund.json", draft: "refund-draft.json",
		description: "Fetches an order and refunds it if it was paid. The draft asks a person first.",
		presets: []demoPreset{
			{"fetch_order", "a paid order", `{"state": "paid"}`, true},
			{"fetch_order", "an open order", `{"state": "open"}`, false},
			{"refund_payment", "refunded", `{"refund_no": "R-1"}`, true},
			{"approve", "approved", `{"callback_data": {"approved": true}}`, true},
		},
	},
	{
		name: "roll a build out", release: "rollout.json",
		description: "Builds, deploys to two regions at once, waits, checks, and builds again until it is healthy.",
		presets: []demoPreset{
			{"build", "build 7", `{"build_no": "7"}`, true},
			{"check", "healthy", `{"health": "good"}`, true},
			{"check", "sick", `{"health": "bad"}`, false},
		},
	},
}

// demoTemplatesOnce makes the demo templates unless an earlier start did, and
// returns the id of the first. The setting that says so is written last: without
// it, templates in the space are those of a start that was cut short before it
// served anybody, and are made anew. What a visitor changes or deletes later stays
// as it is.
func (s *services) demoTemplatesOnce(ctx context.Context, caller auth.Caller) (first int, err error) {
	spaceID := caller.Spaces[0]
	row, err := s.store.Read.SpaceConfig.Query().
		Where(spaceconfig.SpaceID(spaceID), spaceconfig.Name(demoReady)).
		Only(ctx)
	if err == nil {
		err = json.Unmarshal(row.Value, &first)
		return first, err
	}
	if !ent.IsNotFound(err) {
		return 0, err
	}
	half, err := s.store.Read.Template.Query().
		Where(
			enttemplate.HasSpaceWith(entspace.ID(spaceID)), enttemplate.IsDeleted(false),
			enttemplate.Creator(demoOperator), // what people have made here stays
		).
		IDs(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range half {
		if err := s.templates.Delete(ctx, caller, id); err != nil {
			return 0, err
		}
	}
	for i, t := range demoTemplates {
		id, err := s.makeDemoTemplate(ctx, caller, t.name, t.description, t.release, t.draft, t.presets)
		if err != nil {
			return 0, fmt.Errorf("template %s: %w", t.name, explainProblems(err))
		}
		if i == 0 {
			first = id
		}
	}
	return first, s.store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		return tx.SpaceConfig.Create().SetSpaceID(spaceID).SetName(demoReady).
			SetValue(json.RawMessage(fmt.Sprint(first))).Exec(ctx)
	})
}

func (s *services) makeDemoTemplate(
	ctx context.Context, caller auth.Caller, name, description, release, draft string, presets []demoPreset,
) (id int, err error) {
	tree, err := demoTrees.ReadFile("demo/" + release)
	if err != nil {
		return 0, err
	}
	made, err := s.templates.Create(ctx, caller, template.CreateParams{
		SpaceID: caller.Spaces[0], Name: name, Description: description, PipelineTree: tree,
	})
	if err != nil {
		return 0, err
	}
	if _, err := s.templates.Release(ctx, caller, template.ReleaseParams{ID: made.TemplateID}); err != nil {
		return 0, err
	}
	if draft != "" {
		if tree, err = demoTrees.ReadFile("demo/" + draft); err != nil {
			return 0, err
		}
		if _, err := s.templates.SaveDraft(ctx, caller, template.SaveDraftParams{ID: made.TemplateID, PipelineTree: tree}); err != nil {
			return 0, err
		}
	}
	for _, p := range presets {
		if _, err := s.templates.CreatePreset(ctx, caller, template.CreatePresetParams{
			TemplateID: made.TemplateID, NodeID: p.node, Name: p.name,
			Outputs: json.RawMessage(p.outputs), IsDefault: p.isDefault,
		}); err != nil {
			return 0, err
		}
	}
	return made.TemplateID, nil
}
