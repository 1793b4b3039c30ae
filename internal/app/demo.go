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

// makeDemo makes what is missing of the demo data. A start that was cut short is
// finished by the next one.
func (s *services) makeDemo(ctx context.Context) (demo, error) {
	app, err := s.store.Read.App.Query().Where(entapp.Code(demoCode)).Only(ctx)
	if ent.IsNotFound(err) {
		if err = s.makeDemoApp(ctx); err == nil {
			app, err = s.store.Read.App.Query().Where(entapp.Code(demoCode)).Only(ctx)
		}
	}
	if err != nil {
		return demo{}, err
	}
	secret, spaceID, err := s.demoSecret(ctx)
	if err != nil {
		return demo{}, err
	}
	header, err := json.Marshal(map[string]string{"bk_app_code": demoCode, "bk_app_secret": secret, "bk_username": demoUser})
	if err != nil {
		return demo{}, err
	}
	operator := auth.Caller{AppID: app.ID, AppCode: demoCode, Username: demoOperator, Spaces: []int{spaceID}}
	templateID, err := s.demoTemplatesOnce(ctx, operator)
	return demo{header: string(header), templateID: templateID}, err
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

// makeDemoApp makes the application, its space and its sealed secret in one
// transaction, which the use cases cannot offer: an application whose secret
// nobody knows would be in the way of every later start.
func (s *services) makeDemoApp(ctx context.Context) error {
	secret := rand.Text() + rand.Text() // 256 bits, as those of space.CreateApp
	digest := sha256.Sum256([]byte(secret))
	sealed := s.keys.Seal([]byte(secret), []byte(demoSetting))
	at := now()
	return s.store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		app, err := tx.App.Create().SetCode(demoCode).SetSecretDigest(digest[:]).SetCreateTime(at).Save(ctx)
		if err != nil {
			return err
		}
		made, err := tx.Space.Create().SetAppID(app.ID).SetName(demoSpace).SetDescription("data to play with").
			SetCreator(demoOperator).SetCreateTime(at).Save(ctx)
		if err != nil {
			return err
		}
		row := func(name string, value json.RawMessage) *ent.SpaceConfigCreate {
			return tx.SpaceConfig.Create().SetSpaceID(made.ID).SetName(name).SetValue(value).
				SetCreateTime(at).SetUpdateTime(at)
		}
		return tx.SpaceConfig.CreateBulk(
			row(space.Superusers, json.RawMessage(`["`+demoUser+`"]`)),
			row(space.FlowVersioning, json.RawMessage(`"true"`)),
			row(demoSetting, sealedText(sealed)),
		).Exec(ctx)
	})
}
