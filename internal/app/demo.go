package app

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	entapp "rehearse.dev/ent/app"
	entspace "rehearse.dev/ent/space"
	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/template"
)

// The demo application of --dev and the setting that keeps its secret, sealed, so
// that its header stays the same from start to start.
const (
	demoCode     = "demo"
	demoUser     = "demo"
	demoSpace    = "demo"
	demoSetting  = "rehearse_demo_secret"
	demoOperator = "rehearse"
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

// makeDemo makes the demo data if it is not there, and returns the header that
// the demo application calls with.
func (s *services) makeDemo(ctx context.Context) (header string, err error) {
	secret, err := s.demoSecret(ctx)
	if ent.IsNotFound(err) {
		secret, err = s.makeDemoApp(ctx)
	}
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(map[string]string{"bk_app_code": demoCode, "bk_app_secret": secret, "bk_username": demoUser})
	return string(raw), err
}

// demoSecret opens the secret of an earlier start. A missing demo application is
// an ent.NotFoundError.
func (s *services) demoSecret(ctx context.Context) (string, error) {
	row, err := s.store.Read.SpaceConfig.Query().
		Where(spaceconfig.Name(demoSetting), spaceconfig.HasSpaceWith(entspace.HasAppWith(entapp.Code(demoCode)))).
		Only(ctx)
	if err != nil {
		return "", err
	}
	var sealed []byte
	if err := json.Unmarshal(row.Value, &sealed); err != nil {
		return "", fmt.Errorf("read the secret of the demo application: %w", err)
	}
	plain, err := s.keys.Open(sealed, []byte(demoSetting))
	if err != nil {
		return "", fmt.Errorf("the demo application was made with another key; start with that key or with a new --db: %w", err)
	}
	return string(plain), nil
}

func (s *services) makeDemoApp(ctx context.Context) (secret string, err error) {
	if secret, err = s.spaces.CreateApp(ctx, demoCode, false); err != nil {
		return "", err
	}
	app, err := s.store.Read.App.Query().Where(entapp.Code(demoCode)).Only(ctx)
	if err != nil {
		return "", err
	}
	caller := auth.Caller{AppID: app.ID, AppCode: app.Code, Username: demoOperator}
	spaceID, err := s.spaces.Create(ctx, caller, space.CreateParams{Name: demoSpace, Description: "data to play with"})
	if err != nil {
		return "", err
	}
	caller.Spaces = []int{spaceID}
	for _, t := range demoTemplates {
		if err := s.makeDemoTemplate(ctx, caller, spaceID, t.name, t.description, t.release, t.draft, t.presets); err != nil {
			return "", fmt.Errorf("template %s: %w", t.name, explainProblems(err))
		}
	}
	// The secret comes last: a start that was cut short is told from a whole one.
	sealed := s.keys.Seal([]byte(secret), []byte(demoSetting))
	value := json.RawMessage(`"` + base64.StdEncoding.EncodeToString(sealed) + `"`)
	err = s.store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		return tx.SpaceConfig.Create().SetSpaceID(spaceID).SetName(demoSetting).SetValue(value).Exec(ctx)
	})
	return secret, err
}

func (s *services) makeDemoTemplate(
	ctx context.Context, caller auth.Caller, spaceID int, name, description, release, draft string, presets []demoPreset,
) error {
	tree, err := demoTrees.ReadFile("demo/" + release)
	if err != nil {
		return err
	}
	made, err := s.templates.Create(ctx, caller, template.CreateParams{
		SpaceID: spaceID, Name: name, Description: description, PipelineTree: tree,
	})
	if err != nil {
		return err
	}
	if _, err := s.templates.Release(ctx, caller, template.ReleaseParams{ID: made.TemplateID}); err != nil {
		return err
	}
	if draft != "" {
		if tree, err = demoTrees.ReadFile("demo/" + draft); err != nil {
			return err
		}
		if _, err := s.templates.SaveDraft(ctx, caller, template.SaveDraftParams{ID: made.TemplateID, PipelineTree: tree}); err != nil {
			return err
		}
	}
	for _, p := range presets {
		if _, err := s.templates.CreatePreset(ctx, caller, template.CreatePresetParams{
			TemplateID: made.TemplateID, NodeID: p.node, Name: p.name,
			Outputs: json.RawMessage(p.outputs), IsDefault: p.isDefault,
		}); err != nil {
			return err
		}
	}
	return nil
}
