package read

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	entcredential "rehearse.dev/ent/credential"
	entspace "rehearse.dev/ent/space"
	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/space"
)

// shownColumns are the columns of a credential but the sealed one, which is not read
// for showing, and the id of its key.
var shownColumns = []string{
	entcredential.FieldID, entcredential.FieldSpaceID, entcredential.FieldName, entcredential.FieldDescription,
	entcredential.FieldType, entcredential.FieldScopeLevel, entcredential.FieldScopes, entcredential.FieldShown,
	entcredential.FieldCreator, entcredential.FieldOperator, entcredential.FieldCreateTime, entcredential.FieldUpdateTime,
}

func (r *Reader) spaceNodes(ctx context.Context, c auth.Caller, list []int, w Want) (map[int]model.Node, error) {
	rows, err := r.db.Space.Query().Where(among(entspace.FieldID, list), entspace.IsDeleted(false)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read spaces: %w", err)
	}
	views, err := r.spaceViews(ctx, c, seen(rows, func(i int) bool { return c.Sees(rows[i].ID) }), w)
	found := make(map[int]model.Node, len(views))
	for _, v := range views {
		found[v.ID] = v
	}
	return found, err
}

// spaces loads spaces of rows that the caller was found to see.
func (r *Reader) spaces(ctx context.Context, list []int, w Want) (map[int]*model.Space, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := r.db.Space.Query().Where(among(entspace.FieldID, list)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read spaces: %w", err)
	}
	views, err := r.spaceViews(ctx, c, rows, w)
	found := make(map[int]*model.Space, len(views))
	for _, v := range views {
		found[v.ID] = v
	}
	return found, err
}

// spaceViews makes views of rows and loads what is wanted of them: one statement for
// the settings of all spaces and one for their credentials. A caller that sees a
// space and may not read these gets a fault.CodeForbidden.
func (r *Reader) spaceViews(ctx context.Context, c auth.Caller, rows []*ent.Space, w Want) ([]*model.Space, error) {
	views := make([]*model.Space, len(rows))
	for i, row := range rows {
		views[i] = &model.Space{Space: row, Credentials: []*model.Credential{}}
	}
	for _, part := range []struct {
		field string
		need  auth.Action
		load  func(context.Context, []*model.Space) error
	}{{"config", auth.ReadSpace, r.spaceConfigs}, {"credentials", auth.ManageSpace, r.spaceCredentials}} {
		if !w.Has(part.field) || len(views) == 0 {
			continue
		}
		for _, v := range views {
			if err := c.May(part.need, auth.Target{AppID: v.AppID, SpaceID: v.ID}); err != nil {
				return nil, err
			}
		}
		if err := part.load(ctx, views); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func spaceIDs(views []*model.Space) []int {
	return ids(views, func(s *model.Space) []int { return []int{s.ID} })
}

// spaceConfigs reads the settings of all spaces. What else is stored in that table
// is the server's own, and stays there.
func (r *Reader) spaceConfigs(ctx context.Context, views []*model.Space) error {
	rows, err := r.db.SpaceConfig.Query().
		Where(among(spaceconfig.FieldSpaceID, spaceIDs(views)), spaceconfig.NameIn(space.SettingNames()...)).
		Select(spaceconfig.FieldID, spaceconfig.FieldSpaceID, spaceconfig.FieldName, spaceconfig.FieldValue).All(ctx)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	stored := make(map[int]map[string]json.RawMessage, len(views))
	for _, row := range rows {
		if stored[row.SpaceID] == nil {
			stored[row.SpaceID] = map[string]json.RawMessage{}
		}
		stored[row.SpaceID][row.Name] = row.Value
	}
	for _, v := range views {
		v.Config = model.NewSpaceConfig(space.ReadConfig(stored[v.ID]))
	}
	return nil
}

// spaceCredentials reads the credentials of all spaces. How many a space has is
// bounded when they are made.
func (r *Reader) spaceCredentials(ctx context.Context, views []*model.Space) error {
	rows, err := r.db.Credential.Query().
		Where(among(entcredential.FieldSpaceID, spaceIDs(views))).
		Order(ent.Asc(entcredential.FieldSpaceID, entcredential.FieldName)).
		Select(shownColumns...).All(ctx)
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	bySpace := make(map[int][]*model.Credential, len(views))
	for _, row := range rows {
		bySpace[row.SpaceID] = append(bySpace[row.SpaceID], &model.Credential{Credential: row})
	}
	for _, v := range views {
		if list := bySpace[v.ID]; list != nil {
			v.Credentials = list
		}
	}
	return nil
}

func (r *Reader) credentialNodes(ctx context.Context, c auth.Caller, list []int, _ Want) (map[int]model.Node, error) {
	rows, err := r.db.Credential.Query().
		Where(among(entcredential.FieldID, list), entcredential.HasSpaceWith(entspace.IsDeleted(false))).
		Select(shownColumns...).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	found := make(map[int]model.Node, len(rows))
	for _, row := range rows {
		if c.May(auth.ManageSpace, auth.Target{SpaceID: row.SpaceID}) == nil {
			found[row.ID] = &model.Credential{Credential: row}
		}
	}
	return found, nil
}
