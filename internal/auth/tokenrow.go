package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/ent/space"
	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/ent/task"
	"rehearse.dev/ent/template"
	"rehearse.dev/ent/token"
	"rehearse.dev/internal/store"
)

// Names of the settings that tokens follow (domain §2.2).
const (
	expirationSetting = "token_expiration"
	renewalSetting    = "token_auto_renewal"
	superusersSetting = "superusers"
)

// tokenRecord is what the database knows of a token.
type tokenRecord struct {
	id       int
	caller   Caller
	lifetime time.Duration
	renewed  bool // by use
}

// tokenRow is the answer of the one statement of lookUpToken.
type tokenRow struct {
	ID           int            `sql:"id"`
	AppID        int            `sql:"app_id"`
	AppCode      string         `sql:"code"`
	OwnerID      int            `sql:"owner_id"`
	SpaceID      int            `sql:"space_id"`
	Username     string         `sql:"username"`
	ResourceType string         `sql:"resource_type"`
	ResourceID   int            `sql:"resource_id"`
	Permission   string         `sql:"permission"`
	ExpireTime   time.Time      `sql:"expire_time"`
	LiveTemplate sql.NullInt64  `sql:"live_template"`
	LiveTask     sql.NullInt64  `sql:"live_task"`
	TemplateID   sql.NullInt64  `sql:"template_of_task"`
	Expiration   sql.NullString `sql:"expiration"`
	Renewal      sql.NullString `sql:"renewal"`
	Superusers   sql.NullString `sql:"superusers"`
}

// lookUpToken reads a token with its application, its resource and the settings of
// its space, all with one statement. It returns nil when there is no such token, or
// its space, template or task was deleted.
func (a *Authenticator) lookUpToken(ctx context.Context, sum []byte) (*tokenRecord, error) {
	var rows []tokenRow
	err := a.store.Read.Token.Query().Where(token.Digest(sum)).Modify(func(s *entsql.Selector) {
		apps, spaces := entsql.Table(app.Table).As("a"), entsql.Table(space.Table).As("p")
		templates, tasks := entsql.Table(template.Table).As("m"), entsql.Table(task.Table).As("k")
		s.Join(apps).On(apps.C(app.FieldID), s.C(token.FieldAppID))
		s.Join(spaces).OnP(entsql.And(
			entsql.ColumnsEQ(spaces.C(space.FieldID), s.C(token.FieldSpaceID)),
			entsql.EQ(spaces.C(space.FieldIsDeleted), false),
		))
		// Ids are unique over all types, so that one column finds either.
		s.LeftJoin(templates).OnP(entsql.And(
			entsql.ColumnsEQ(templates.C(template.FieldID), s.C(token.FieldResourceID)),
			entsql.EQ(templates.C(template.FieldIsDeleted), false),
		))
		s.LeftJoin(tasks).OnP(entsql.And(
			entsql.ColumnsEQ(tasks.C(task.FieldID), s.C(token.FieldResourceID)),
			entsql.EQ(tasks.C(task.FieldIsDeleted), false),
		))
		s.Select(
			s.C(token.FieldID), s.C(token.FieldAppID), apps.C(app.FieldCode), entsql.As(spaces.C(space.FieldAppID), "owner_id"),
			s.C(token.FieldSpaceID), s.C(token.FieldUsername), s.C(token.FieldResourceType), s.C(token.FieldResourceID),
			s.C(token.FieldPermission), s.C(token.FieldExpireTime),
			entsql.As(templates.C(template.FieldID), "live_template"), entsql.As(tasks.C(task.FieldID), "live_task"),
			entsql.As(tasks.C(task.FieldTemplateID), "template_of_task"),
		)
		for name, alias := range map[string]string{
			expirationSetting: "expiration", renewalSetting: "renewal", superusersSetting: "superusers",
		} {
			c := entsql.Dialect(s.Dialect()).Select().From(entsql.Table(spaceconfig.Table).As("c"))
			c.Select(c.C(spaceconfig.FieldValue)).Where(entsql.And(
				entsql.ColumnsEQ(c.C(spaceconfig.FieldSpaceID), s.C(token.FieldSpaceID)),
				entsql.EQ(c.C(spaceconfig.FieldName), name),
			))
			s.AppendSelectExprAs(c, alias)
		}
	}).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("look up the token: %w", store.Translate(err))
	}
	if len(rows) == 0 || !rows[0].live() {
		return nil, nil
	}
	return rows[0].record(), nil
}

// live tells whether the resource is still there. The statement has seen that the
// space is.
func (r *tokenRow) live() bool {
	switch Resource(r.ResourceType) {
	case Template:
		return r.LiveTemplate.Valid
	case Task:
		return r.LiveTask.Valid
	}
	return true
}

func (r *tokenRow) record() *tokenRecord {
	g := &Grant{
		Resource: Resource(r.ResourceType), ResourceID: r.ResourceID, Permission: Permission(r.Permission),
		SpaceID: r.SpaceID, AppID: r.OwnerID, User: r.Username,
	}
	switch g.Resource {
	case Template:
		g.TemplateID = g.ResourceID
	case Task:
		g.TemplateID = int(r.TemplateID.Int64)
	}
	var superusers []string
	// What is no list of texts names nobody.
	_ = json.Unmarshal([]byte(r.Superusers.String), &superusers)
	g.Superuser = slices.Contains(superusers, r.Username)
	return &tokenRecord{
		id: r.ID,
		caller: Caller{
			AppID: r.AppID, AppCode: r.AppCode, Username: r.Username, Grant: g, Expires: r.ExpireTime,
		},
		lifetime: Lifetime(json.RawMessage(r.Expiration.String)),
		renewed:  r.Renewal.String != `"false"` && r.Renewal.String != `false`,
	}
}

// renew moves the end of a token away from now, at most once in a tenth of its
// lifetime, so that reading does not come to mean writing. It happens before the
// request goes on, because what is put off can be lost.
//
// A failure does not refuse the request: the token is valid, and the next use tries
// again. The row is only changed if it still is what was read, or else a token that
// was revoked meanwhile would come back to life.
func (a *Authenticator) renew(ctx context.Context, t *tokenRecord) {
	end := a.cache.now().UTC().Add(t.lifetime)
	if !t.renewed || end.Sub(t.caller.Expires) < t.lifetime/10 {
		return
	}
	_ = a.store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		n, err := tx.Token.Update().
			Where(token.ID(t.id), token.ExpireTime(t.caller.Expires)).
			SetExpireTime(end).Save(ctx)
		if err == nil && n == 1 {
			store.AfterCommit(ctx, func() { t.caller.Expires = end })
		}
		return err
	})
}
