package space

import (
	"context"
	"fmt"

	"rehearse.dev/ent/space"
	"rehearse.dev/internal/store"
)

// Live reports whether there is a space with that id that was not deleted. It does
// not ask who may see it: callers know their own spaces, but a superuser sees all
// and knows none.
func (s *Service) Live(ctx context.Context, id int) (bool, error) {
	live, err := s.deps.Store.Read.Space.Query().Where(space.ID(id), space.IsDeleted(false)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for space %d: %w", id, store.Translate(err))
	}
	return live, nil
}
