package auth

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent/app"
	"rehearse.dev/ent/space"
	"rehearse.dev/internal/store"
)

// record is what the database knows of an application.
type record struct {
	caller Caller
	digest []byte // empty if there is no such application
}

// lookUp reads an application and its live spaces with one statement, which Ent's
// eager loading would split in two.
func (a *Authenticator) lookUp(ctx context.Context, code string) (record, error) {
	if strings.ContainsRune(code, 0) { // nobody has it, and PostgreSQL refuses to be asked
		return record{}, nil
	}
	var rows []struct {
		ID           int           `sql:"id"`
		SecretDigest []byte        `sql:"secret_digest"`
		Superuser    bool          `sql:"superuser"`
		SpaceID      sql.NullInt64 `sql:"space_id"`
	}
	err := a.store.Read.App.Query().Where(app.Code(code)).Modify(func(s *entsql.Selector) {
		spaces := entsql.Table(space.Table)
		s.LeftJoin(spaces).OnP(entsql.And(
			entsql.ColumnsEQ(spaces.C(space.FieldAppID), s.C(app.FieldID)),
			entsql.EQ(spaces.C(space.FieldIsDeleted), false),
		))
		s.Select(s.C(app.FieldID), s.C(app.FieldSecretDigest), s.C(app.FieldSuperuser), entsql.As(spaces.C(space.FieldID), "space_id"))
		s.OrderBy(spaces.C(space.FieldID))
	}).Scan(ctx, &rows)
	if err != nil {
		return record{}, fmt.Errorf("look up the application: %w", store.Translate(err))
	}
	if len(rows) == 0 {
		return record{}, nil
	}
	found := record{
		caller: Caller{AppID: rows[0].ID, AppCode: code, Superuser: rows[0].Superuser},
		digest: rows[0].SecretDigest,
	}
	for _, row := range rows {
		if row.SpaceID.Valid {
			found.caller.Spaces = append(found.caller.Spaces, int(row.SpaceID.Int64))
		}
	}
	return found, nil
}
