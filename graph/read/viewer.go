package read

import (
	"context"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/space"
	"rehearse.dev/graph/model"
)

const maxSpaces = 100

// Viewer tells who the server takes the caller for.
func (r *Reader) Viewer(ctx context.Context, w Want) (*model.Viewer, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	view := &model.Viewer{AppCode: c.AppCode, IsSuperuser: c.Superuser, Spaces: []*model.Space{}}
	if c.Username != "" {
		view.Username = &c.Username
	}
	if !w.Has("spaces") {
		return view, nil
	}
	own := space.AppID(c.AppID)
	if g := c.Grant; g != nil {
		if !c.Sees(g.SpaceID) {
			return view, nil
		}
		own = space.ID(g.SpaceID)
	}
	rows, err := r.db.Space.Query().
		Where(own, space.IsDeleted(false)).
		Order(ent.Asc(space.FieldID)).Limit(maxSpaces).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read spaces: %w", err)
	}
	view.Spaces, err = r.spaceViews(ctx, c, rows, w.Of("spaces"))
	return view, err
}
