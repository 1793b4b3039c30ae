package template

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/ent/mockscheme"
	"rehearse.dev/ent/predicate"
	"rehearse.dev/ent/template"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/rowlock"
	"rehearse.dev/internal/store"
)

// run is the frame of every use case. check looks things up and adds to f what it
// finds wrong; write runs if nothing was, in the same transaction. A request that
// is refused before the first look-up never queues for the writer: its other
// problems are found with the read client.
//
// Transactions run beside each other where the database has several writers, but the
// changes of one template come one after the other: run holds the template that of
// names, nil for none, before it looks. All that belongs to a template is changed so,
// and what check has found of it stays until write is done.
func (s *Service) run(
	ctx context.Context, f *found, of predicate.Template,
	check func(ctx context.Context, c *ent.Client) error,
	write func(ctx context.Context, tx *ent.Tx) error,
) error {
	if f.any() {
		if err := check(ctx, s.store.Read); err != nil {
			return store.Translate(err)
		}
		return f.Err()
	}
	return store.Translate(s.store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if err := s.hold(ctx, tx, of); err != nil {
			return err
		}
		if err := check(ctx, tx.Client()); err != nil {
			return err
		}
		if f.any() {
			return f.Err()
		}
		return write(ctx, tx)
	}))
}

// hold waits for whoever changes the template now. It is a statement of its own: what
// it read of other tables could be older than the template that it has waited for.
func (s *Service) hold(ctx context.Context, tx *ent.Tx, of predicate.Template) error {
	if of == nil || s.store.Dialect() == dialect.SQLite {
		return nil
	}
	if _, err := tx.Template.Query().Where(of).Modify(rowlock.Change).IDs(ctx); err != nil {
		return fmt.Errorf("hold the template: %w", err)
	}
	return nil
}

// oneOf, ofPreset and ofScheme name the template of that id, or of that preset or
// scheme. One that the caller does not see is left alone: nobody waits for strangers.
func oneOf(caller auth.Caller, id int) predicate.Template {
	return template.And(template.ID(id), Visible(caller))
}

func ofPreset(caller auth.Caller, id int) predicate.Template {
	return template.And(template.HasMockPresetsWith(mockpreset.ID(id)), Visible(caller))
}

func ofScheme(caller auth.Caller, id int) predicate.Template {
	return template.And(template.HasMockSchemesWith(mockscheme.ID(id)), Visible(caller))
}
