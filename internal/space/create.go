package space

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"rehearse.dev/ent"
	"rehearse.dev/ent/space"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
)

// MaxSpaces is how many live spaces an application may have (domain §2.1).
const MaxSpaces = 100

// Limits of the texts, in characters (domain §2.1).
const (
	maxName        = 32
	maxDescription = 128
	maxPlatformURL = 256
)

// CreateParams are the wishes for a new space.
type CreateParams struct {
	// Name is 1 to 32 characters after trimming, unique for the application, also
	// among its deleted spaces.
	Name string
	// Description has at most 128 characters.
	Description string
	// PlatformURL is where the space's own front end lives, or "".
	PlatformURL string
}

// Create makes a space of the caller's application and returns its id.
//
// The caller becomes its superuser and versioning is on, as for a space made
// through the gateway (domain §2.1). It returns fault.CodeInvalid with every
// problem of the wishes, with fault.CodeConflict for a taken name, with
// fault.CodePrecondition for an application that has MaxSpaces already, and with
// fault.CodeForbidden for a token.
func (s *Service) Create(ctx context.Context, caller auth.Caller, p CreateParams) (id int, err error) {
	if err := caller.MayAsApp(); err != nil {
		return 0, err
	}
	p, err = p.checked()
	if err != nil {
		return 0, err
	}
	err = s.deps.Store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if id, err = s.insert(ctx, tx, caller, p); err != nil {
			return err
		}
		if err := s.configure(ctx, tx, id, caller); err != nil {
			return err
		}
		return s.deps.Changed(ctx, caller.AppID)
	})
	if err != nil {
		return 0, fmt.Errorf("create the space: %w", err)
	}
	return id, nil
}

func (s *Service) insert(ctx context.Context, tx *ent.Tx, caller auth.Caller, p CreateParams) (int, error) {
	ofApp := tx.Space.Query().Where(space.AppID(caller.AppID))
	taken, err := ofApp.Clone().Where(space.Name(p.Name)).Exist(ctx)
	if err != nil {
		return 0, err
	}
	if taken {
		return 0, refusal(fault.CodeConflict, codeConflict, "the application has, or had, a space of this name", "name")
	}
	live, err := ofApp.Where(space.IsDeleted(false)).Count(ctx)
	if err != nil {
		return 0, err
	}
	if live >= MaxSpaces {
		return 0, refusal(fault.CodePrecondition, codeLimitReached, fmt.Sprintf("the application has %d spaces already", MaxSpaces))
	}
	row, err := tx.Space.Create().
		SetAppID(caller.AppID).
		SetName(p.Name).
		SetDescription(p.Description).
		SetPlatformURL(p.PlatformURL).
		SetCreator(person(caller)).
		SetCreateTime(s.deps.Now()).
		Save(ctx)
	if err != nil {
		return 0, err
	}
	return row.ID, nil
}

func (s *Service) configure(ctx context.Context, tx *ent.Tx, id int, caller auth.Caller) error {
	superusers, err := json.Marshal([]string{person(caller)})
	if err != nil {
		return err
	}
	now := s.deps.Now()
	row := func(name string, value json.RawMessage) *ent.SpaceConfigCreate {
		return tx.SpaceConfig.Create().SetSpaceID(id).SetName(name).SetValue(value).SetCreateTime(now).SetUpdateTime(now)
	}
	return tx.SpaceConfig.CreateBulk(
		row(Superusers, superusers),
		row(FlowVersioning, json.RawMessage(`"true"`)),
	).Exec(ctx)
}

// person is the user that the application speaks for, or the application itself.
func person(c auth.Caller) string {
	if c.Username != "" {
		return c.Username
	}
	return c.AppCode
}

func (p CreateParams) checked() (CreateParams, error) {
	var c input.Checker
	p.Name = c.Required(p.Name, maxName, "name")
	p.Description = c.Text(p.Description, maxDescription, "description")
	p.PlatformURL = strings.TrimSpace(p.PlatformURL)
	switch {
	case utf8.RuneCountInString(p.PlatformURL) > maxPlatformURL:
		c.Add(codeTooLong, fmt.Sprintf("platformUrl must have at most %d characters", maxPlatformURL), "platformUrl")
	case p.PlatformURL != "" && !isWebURL(p.PlatformURL):
		c.Add(codeInvalidValue, "platformUrl must be an http or https URL", "platformUrl")
	}
	return p, c.Err()
}

// isWebURL refuses what a browser would not open as a page, and user names, which
// would be a password in plain text.
func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && utf8.ValidString(text)
}

// refusal is one problem under a code that says what kind it is.
func refusal(code fault.Code, problem, message string, path ...string) error {
	return &fault.Error{Code: code, Message: message, Problems: []fault.Problem{{Code: problem, Message: message, Path: path}}}
}
