package app

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/spaceconfig"
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

// demoTemplate reads the id of the first demo template from the setting that is written
// last. The error is errNoDemo without it.
func demoTemplate(ctx context.Context, c *ent.Client, spaceID int) (first int, err error) {
	row, err := c.SpaceConfig.Query().
		Where(spaceconfig.SpaceID(spaceID), spaceconfig.Name(demoReady)).
		Only(ctx)
	if ent.IsNotFound(err) {
		return 0, errNoDemo
	}
	if err != nil {
		return 0, err
	}
	err = json.Unmarshal(row.Value, &first)
	return first, err
}

// makeDemoTemplates makes the demo templates unless an earlier start did. Without the
// setting that says so, templates of ours in the space are those of a start of an older
// version that was cut short before it served anybody, and are made anew. What people
// have made stays, and so does what a visitor changes or deletes later.
func (s *services) makeDemoTemplates(ctx context.Context, tx *ent.Tx, caller auth.Caller) error {
	spaceID := caller.Spaces[0]
	if _, err := demoTemplate(ctx, tx.Client(), spaceID); !errors.Is(err, errNoDemo) {
		return err
	}
	if err := s.templates.Uproot(ctx, tx, caller, spaceID); err != nil {
		return err
	}
	seeds, err := demoSeeds()
	if err != nil {
		return err
	}
	ids, err := s.templates.Plant(ctx, tx, caller, spaceID, seeds)
	if err != nil {
		return err
	}
	return tx.SpaceConfig.Create().SetSpaceID(spaceID).SetName(demoReady).
		SetValue(json.RawMessage(fmt.Sprint(ids[0]))).Exec(ctx)
}

// demoSeeds reads the demo templates from what the program brings along.
func demoSeeds() ([]template.Seed, error) {
	seeds := make([]template.Seed, len(demoTemplates))
	for i, t := range demoTemplates {
		seeds[i] = template.Seed{Name: t.name, Description: t.description}
		for _, file := range []struct {
			to   *json.RawMessage
			name string
		}{{&seeds[i].Release, t.release}, {&seeds[i].Draft, t.draft}} {
			if file.name == "" {
				continue
			}
			tree, err := demoTrees.ReadFile("demo/" + file.name)
			if err != nil {
				return nil, err
			}
			*file.to = tree
		}
		for _, p := range t.presets {
			seeds[i].Presets = append(seeds[i].Presets, template.SeedPreset{
				NodeID: p.node, Name: p.name, Outputs: json.RawMessage(p.outputs), IsDefault: p.isDefault,
			})
		}
	}
	return seeds, nil
}
