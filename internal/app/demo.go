package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"rehearse.dev/ent"
	entapp "rehearse.dev/ent/app"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/space"
)

// The demo application of --dev, and the settings of its space: its secret, sealed,
// so that its header stays the same from start to start, and the id of its first
// template, once all of them are there.
const (
	demoCode     = "demo"
	demoUser     = "demo"
	demoSpace    = "demo"
	demoOperator = "rehearse"
	demoSetting  = "rehearse_demo_secret"
	demoReady    = "rehearse_demo_ready"
)

// demo is what --dev needs to know of its data.
type demo struct {
	// header is the value of auth.AppHeader that the demo application calls with.
	header string
	// templateID is the template that the examples are about.
	templateID int
}

// makeDemo makes what is missing of the demo data, all of it in one transaction: of
// several servers that start at once, and of starts that are cut short, one makes it and
// the others find it.
func (s *services) makeDemo(ctx context.Context) (demo, error) {
	made, err := s.findDemo(ctx)
	if !errors.Is(err, errNoDemo) {
		return made, err
	}
	if err := s.store.InTx(ctx, s.plantDemo); err != nil {
		return demo{}, fmt.Errorf("make the demo data: %w", explainProblems(err))
	}
	return s.findDemo(ctx)
}

// errNoDemo tells that the demo data has yet to be made, or a part of it.
var errNoDemo = errors.New("there is no demo data")

// findDemo reads what makeDemo answers. The error is errNoDemo when something is missing.
func (s *services) findDemo(ctx context.Context) (demo, error) {
	there, err := s.store.Read.App.Query().Where(entapp.Code(demoCode)).Exist(ctx)
	if err != nil {
		return demo{}, err
	}
	if !there {
		return demo{}, errNoDemo
	}
	secret, spaceID, err := s.demoSecret(ctx)
	if err != nil {
		return demo{}, err
	}
	header, err := json.Marshal(map[string]string{"bk_app_code": demoCode, "bk_app_secret": secret, "bk_username": demoUser})
	if err != nil {
		return demo{}, err
	}
	templateID, err := demoTemplate(ctx, s.store.Read, spaceID)
	return demo{header: string(header), templateID: templateID}, err
}

// plantDemo makes what is missing of the demo data.
func (s *services) plantDemo(ctx context.Context, tx *ent.Tx) error {
	app, err := tx.App.Query().Where(entapp.Code(demoCode)).Only(ctx)
	if ent.IsNotFound(err) {
		app, err = s.makeDemoApp(ctx, tx)
	}
	if err != nil {
		return err
	}
	row, _, err := demoSealed(ctx, tx.Client())
	if ent.IsNotFound(err) {
		return nil // not of our making; findDemo says so
	}
	if err != nil {
		return err
	}
	operator := auth.Caller{AppID: app.ID, AppCode: demoCode, Username: demoOperator, Spaces: []int{row.SpaceID}}
	return s.makeDemoTemplates(ctx, tx, operator)
}

// demoSecret opens the secret of the demo application. One that somebody made by
// hand has no sealed secret, and is left alone.
func (s *services) demoSecret(ctx context.Context) (secret string, spaceID int, err error) {
	row, sealed, err := demoSealed(ctx, s.store.Read)
	if ent.IsNotFound(err) {
		return "", 0, about("db", fmt.Errorf("it has an application %q that --dev did not make; start with another database", demoCode))
	}
	if err != nil {
		return "", 0, err
	}
	plain, err := s.keys.Open(sealed, []byte(demoSetting))
	if err != nil {
		return "", 0, about("db", errors.New("its demo application was made with another key; start with that key or with another database"))
	}
	return string(plain), row.SpaceID, nil
}

// makeDemoApp makes the application, its space and its sealed secret. An application
// whose secret nobody knows would be in the way of every later start.
func (s *services) makeDemoApp(ctx context.Context, tx *ent.Tx) (*ent.App, error) {
	secret := rand.Text() + rand.Text() // 256 bits, as those of space.CreateApp
	digest := sha256.Sum256([]byte(secret))
	sealed := s.keys.Seal([]byte(secret), []byte(demoSetting))
	at := now()
	app, err := tx.App.Create().SetCode(demoCode).SetSecretDigest(digest[:]).SetCreateTime(at).Save(ctx)
	if err != nil {
		return nil, err
	}
	made, err := tx.Space.Create().SetAppID(app.ID).SetName(demoSpace).SetDescription("data to play with").
		SetCreator(demoOperator).SetCreateTime(at).Save(ctx)
	if err != nil {
		return nil, err
	}
	row := func(name string, value json.RawMessage) *ent.SpaceConfigCreate {
		return tx.SpaceConfig.Create().SetSpaceID(made.ID).SetName(name).SetValue(value).
			SetCreateTime(at).SetUpdateTime(at)
	}
	return app, tx.SpaceConfig.CreateBulk(
		row(space.Superusers, json.RawMessage(`["`+demoUser+`"]`)),
		row(space.FlowVersioning, json.RawMessage(`"true"`)),
		row(demoSetting, sealedText(sealed)),
	).Exec(ctx)
}
