package task

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent/pipelineversion"
	enttemplate "rehearse.dev/ent/template"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/template"
)

// chosen is what a task takes over from its template, and the version to run.
type chosen struct {
	ID           int             `sql:"id"`
	AppID        int             `sql:"app_id"`
	SpaceID      int             `sql:"space_id"`
	ScopeType    *string         `sql:"scope_type"`
	ScopeValue   *string         `sql:"scope_value"`
	NotifyConfig json.RawMessage `sql:"notify_config"`
	// VersionID and SnapshotID are null for a template without any version.
	VersionID  sql.NullInt64 `sql:"version_id"`
	SnapshotID sql.NullInt64 `sql:"snapshot_id"`
}

// elsewhere reports whether the caller named another space; 0 names none.
func (t *chosen) elsewhere(spaceID int) bool { return spaceID != 0 && t.SpaceID != spaceID }

// chooseTemplate finds the template and its effective version: the draft if
// there is one, else the release in force (the contract's second revision).
// Disabled templates are fine: debugging them is what mock tasks are for.
func (s *Service) chooseTemplate(ctx context.Context, caller auth.Caller, params CreateParams, p *Plan) error {
	missing := noTemplate(params.TemplateID)
	number, err := strconv.Atoi(params.TemplateID)
	if err != nil {
		p.Problems = append(p.Problems, missing)
		return nil
	}
	t, err := s.lookUpTemplate(ctx, number)
	if err == nil && t != nil {
		err = caller.May(auth.MockTemplate, auth.Target{AppID: t.AppID, SpaceID: t.SpaceID, TemplateID: t.ID})
	}
	switch {
	case fault.CodeOf(err) == fault.CodeNotFound, err == nil && (t == nil || t.elsewhere(params.SpaceID)):
		p.Problems = append(p.Problems, missing)
		return nil
	case err != nil: // also a fault.CodeForbidden
		return fmt.Errorf("load template %d: %w", number, err)
	}
	p.template = t
	if !t.SnapshotID.Valid {
		p.Problems = append(p.Problems, problem(codeNoVersion, "the template has neither a draft nor a release", "templateId"))
		return nil
	}
	p.VersionID, p.snapshotID = int(t.VersionID.Int64), int(t.SnapshotID.Int64)
	p.NotifyConfig = defaultNotify
	if emptyObject(t.NotifyConfig) {
		return nil
	}
	p.NotifyConfig = t.NotifyConfig
	for _, found := range template.CheckNotifyConfig(p.NotifyConfig) {
		found.Message = "the template's own notify_config is broken: " + found.Message
		found.Path = []string{"templateId"}
		p.Problems = append(p.Problems, found)
	}
	return nil
}

// noTemplate is the problem of a template that is not there for the caller.
func noTemplate[T int | string](id T) fault.Problem {
	return problem(codeNotFound, fmt.Sprintf("there is no template %v", id), "templateId")
}

// lookUpTemplate reads a template and its effective version with one statement,
// which Ent's eager loading would split in two. It returns nil when there is no
// such template.
func (s *Service) lookUpTemplate(ctx context.Context, id int) (*chosen, error) {
	var rows []chosen
	query := s.Store.Read.Template.Query().Where(enttemplate.ID(id), template.Live())
	err := query.Modify(func(sel *entsql.Selector) {
		versions := entsql.Table(pipelineversion.Table)
		sel.LeftJoin(versions).OnP(entsql.ExprP(fmt.Sprintf("%s = COALESCE(%s, %s)", versions.C(pipelineversion.FieldID),
			sel.C(enttemplate.FieldDraftVersionID), sel.C(enttemplate.FieldReleasedVersionID))))
		sel.Select(
			sel.C(enttemplate.FieldID), sel.C(enttemplate.FieldAppID), sel.C(enttemplate.FieldSpaceID),
			sel.C(enttemplate.FieldScopeType), sel.C(enttemplate.FieldScopeValue), sel.C(enttemplate.FieldNotifyConfig),
			entsql.As(versions.C(pipelineversion.FieldID), "version_id"), versions.C(pipelineversion.FieldSnapshotID),
		)
	}).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}
