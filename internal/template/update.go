package template

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/predicate"
	"rehearse.dev/ent/template"
	"rehearse.dev/internal/auth"
)

// Scope is a change of a scope; nil in both fields takes it away.
type Scope struct{ Type, Value *string }

// UpdateParams is what Update takes; nil stays as it is.
type UpdateParams struct {
	ID           int
	Name         *string
	Description  *string
	Scope        *Scope
	NotifyConfig json.RawMessage
	IsEnabled    *bool
}

// Update changes what is given about a template. Its trees stay.
//
// It refuses with every problem of the input, and with NOT_FOUND at id.
func (s *Service) Update(ctx context.Context, caller auth.Caller, p UpdateParams) (id int, err error) {
	var f found
	p.Name = optional(f.Required, p.Name, maxName, "name")
	p.Description = optional(f.Text, p.Description, maxDescription, "description")
	if p.Scope != nil {
		kind, value := f.scope(p.Scope.Type, p.Scope.Value)
		p.Scope = &Scope{kind, value}
	}
	if p.NotifyConfig != nil {
		f.notifyConfig(p.NotifyConfig)
	}
	err = s.run(ctx, &f, oneOf(caller, p.ID), func(ctx context.Context, c *ent.Client) error {
		_, _, err := s.subject(ctx, c, &f, caller, p.ID, "id")
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		if p.empty() {
			return nil
		}
		return s.touch(ctx, p.apply(tx.Template.Update()), caller, p.ID)
	})
	if err != nil {
		return 0, err
	}
	return p.ID, nil
}

func (p UpdateParams) empty() bool {
	return p.Name == nil && p.Description == nil && p.Scope == nil && p.NotifyConfig == nil && p.IsEnabled == nil
}

func (p UpdateParams) apply(change *ent.TemplateUpdate) *ent.TemplateUpdate {
	change.SetNillableName(p.Name).
		SetNillableDescription(p.Description).
		SetNillableIsEnabled(p.IsEnabled)
	if p.NotifyConfig != nil {
		change.SetNotifyConfig(p.NotifyConfig)
	}
	switch {
	case p.Scope == nil:
	case p.Scope.Type == nil:
		change.ClearScopeType().ClearScopeValue()
	default:
		change.SetScopeType(*p.Scope.Type).SetScopeValue(*p.Scope.Value)
	}
	return change
}

// Delete deletes a template: nobody sees it any more, except as the template of
// its tasks, which stay readable.
//
// It refuses with NOT_FOUND at id, also for a template that is deleted already.
func (s *Service) Delete(ctx context.Context, caller auth.Caller, id int) error {
	var f found
	return s.run(ctx, &f, oneOf(caller, id), func(ctx context.Context, c *ent.Client) error {
		_, _, err := s.subject(ctx, c, &f, caller, id, "id")
		return err
	}, func(ctx context.Context, tx *ent.Tx) error {
		return s.touch(ctx, tx.Template.Update().SetIsDeleted(true), caller, id)
	})
}

// touch writes a change of a template with its time and author.
func (s *Service) touch(ctx context.Context, change *ent.TemplateUpdate, caller auth.Caller, id int) error {
	n, err := change.Where(only(id)).
		SetUpdateTime(s.now()).SetUpdatedBy(caller.Username).
		Save(ctx)
	if err != nil {
		return fmt.Errorf("change template %d: %w", id, err)
	}
	if n == 0 {
		return errGone("template", id)
	}
	return nil
}

// only is the condition of every change: a template that was deleted meanwhile
// stays as it is.
func only(id int) predicate.Template {
	return template.And(template.ID(id), template.IsDeleted(false))
}
