package token_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	enttoken "rehearse.dev/ent/token"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/token"
)

func TestATokenStandsForOneUserAndOneResource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.apply(auth.Task, w.task, auth.Operate)
	c, err := w.call(made.Token)
	if err != nil {
		t.Fatal(err)
	}
	want := auth.Grant{
		Resource: auth.Task, ResourceID: w.task, Permission: auth.Operate,
		SpaceID: w.space, AppID: w.ours.AppID, TemplateID: w.template, User: "ann",
	}
	if c.Grant == nil || *c.Grant != want || c.AppID != w.ours.AppID || c.AppCode != "ours" || c.Username != "ann" ||
		c.Superuser || len(c.Spaces) != 0 || !c.Expires.Equal(made.ExpireTime) {
		t.Errorf("caller %+v with grant %+v", c, c.Grant)
	}
	if other := w.apply(auth.Task, w.task, auth.Operate); other.Token == made.Token || len(made.Token) != 43 {
		t.Errorf("tokens %q and %q", made.Token, other.Token)
	}
}

func TestTheDatabaseKeepsADigestOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.apply(auth.Space, w.space, auth.View)
	row, err := w.store.Read.Token.Query().Only(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256([]byte(made.Token)); !bytes.Equal(row.Digest, sum[:]) {
		t.Errorf("digest %x", row.Digest)
	}
	if strings.Contains(row.String(), made.Token) {
		t.Error("the row shows the token")
	}
}

func TestSuperusersOfTheSpaceAreKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.apply(auth.Task, w.task, auth.View)
	for value, want := range map[string]bool{`["bob","ann"]`: true, `["bob"]`: false, `"ann"`: false, `[]`: false} {
		w.set("superusers", value)
		c, err := w.call(made.Token)
		if err != nil || c.Grant.Superuser != want {
			t.Errorf("%s: %+v, %v", value, c.Grant, err)
		}
	}
}

func TestOnlyWhatHasAMeaningCanBeAppliedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := map[auth.Resource]int{auth.Space: w.space, auth.Template: w.template, auth.Task: w.task}
	refused := map[auth.Resource]string{auth.Space: "", auth.Template: "OPERATE", auth.Task: "EDIT MOCK"}
	for resource, id := range ids {
		for _, p := range []auth.Permission{auth.View, auth.Edit, auth.Mock, auth.Operate} {
			want := ""
			if strings.Contains(refused[resource], string(p)) {
				want = "INVALID_VALUE permission"
			}
			_, err := w.Apply(t.Context(), w.ours, token.ApplyParams{Resource: resource, ResourceID: id, Permission: p, User: "ann"})
			if got := problems(err); got != want || (err != nil) != (want != "") {
				t.Errorf("%s %s: %q, %v", resource, p, got, err)
			}
		}
	}
}

func TestApplyRefusesWithEveryProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := w.theirs
	for name, test := range map[string]struct {
		caller auth.Caller
		params token.ApplyParams
		want   string
	}{
		"ForeignSpace":    {w.ours, token.ApplyParams{Resource: auth.Space, ResourceID: w.otherSpace, Permission: auth.View, User: "a"}, "NOT_FOUND resourceId"},
		"ForeignTemplate": {w.ours, token.ApplyParams{Resource: auth.Template, ResourceID: w.otherTemplate, Permission: auth.View, User: "a"}, "NOT_FOUND resourceId"},
		"ForeignTask":     {gone, token.ApplyParams{Resource: auth.Task, ResourceID: w.task, Permission: auth.View, User: "a"}, "NOT_FOUND resourceId"},
		"Missing":         {w.ours, token.ApplyParams{Resource: auth.Task, ResourceID: 5, Permission: auth.View, User: "a"}, "NOT_FOUND resourceId"},
		"OtherKind":       {w.ours, token.ApplyParams{Resource: auth.Task, ResourceID: w.template, Permission: auth.View, User: "a"}, "NOT_FOUND resourceId"},
		"NoID":            {w.ours, token.ApplyParams{Resource: auth.Space, Permission: auth.View, User: "a"}, "NOT_FOUND resourceId"},
		"BlankUser":       {w.ours, token.ApplyParams{Resource: auth.Space, ResourceID: w.space, Permission: auth.View, User: "  "}, "BLANK user"},
		"LongUser":        {w.ours, token.ApplyParams{Resource: auth.Space, ResourceID: w.space, Permission: auth.View, User: strings.Repeat("é", 129)}, "TOO_LONG user"},
		"ControlUser":     {w.ours, token.ApplyParams{Resource: auth.Space, ResourceID: w.space, Permission: auth.View, User: "a\nb"}, "INVALID_VALUE user"},
		"NULUser":         {w.ours, token.ApplyParams{Resource: auth.Space, ResourceID: w.space, Permission: auth.View, User: "a\x00b"}, "INVALID_VALUE user"},
		"All":             {w.ours, token.ApplyParams{Resource: auth.Task, ResourceID: 5, Permission: auth.Mock}, "BLANK user, INVALID_VALUE permission, NOT_FOUND resourceId"},
		"Nobody":          {auth.Caller{}, token.ApplyParams{Resource: auth.Space, ResourceID: w.space, Permission: auth.View, User: "a"}, "NOT_FOUND resourceId"},
		"LongestUser":     {w.ours, token.ApplyParams{Resource: auth.Space, ResourceID: w.space, Permission: auth.View, User: strings.Repeat("é", 128)}, ""},
		"SuperuserApp":    {w.root, token.ApplyParams{Resource: auth.Task, ResourceID: w.otherTask, Permission: auth.View, User: "a"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Apply(t.Context(), test.caller, test.params)
			if got := problems(err); got != test.want || (err != nil) != (test.want != "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestATokenGetsNoTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("superusers", `["ann"]`)
	made := w.apply(auth.Space, w.space, auth.Edit)
	c, err := w.call(made.Token)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Apply(t.Context(), c, token.ApplyParams{Resource: auth.Space, ResourceID: w.space, Permission: auth.View, User: "bob"})
	if fault.CodeOf(err) != fault.CodeForbidden {
		t.Errorf("applied: %v", err)
	}
	if _, err := w.Revoke(t.Context(), c, made.Token); fault.CodeOf(err) != fault.CodeForbidden || !w.works(made.Token) {
		t.Errorf("revoked: %v", err)
	}
}

func TestARevokedTokenEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, kept := w.apply(auth.Space, w.space, auth.View), w.apply(auth.Space, w.space, auth.View)
	if !w.works(made.Token) || !w.works(kept.Token) {
		t.Fatal("a new token does not work")
	}
	for _, try := range []struct {
		caller auth.Caller
		token  string
		want   bool
	}{
		{w.theirs, made.Token, false},
		{w.root, made.Token, false},
		{w.ours, "x", false},
		{w.ours, strings.Repeat("A", 43), false},
		{w.ours, made.Token, true},
		{w.ours, made.Token, false},
	} {
		if try.want == false && try.caller.AppID != w.ours.AppID && !w.works(made.Token) {
			t.Error("another application has ended it")
		}
		got, err := w.Revoke(t.Context(), try.caller, try.token)
		if err != nil || got != try.want {
			t.Errorf("%s: %v, %v", try.caller.AppCode, got, err)
		}
	}
	if w.works(made.Token) {
		t.Error("the revoked token still works")
	}
	if !w.works(kept.Token) {
		t.Error("another token ended with it")
	}
}

func TestATokenEndsWithItsResource(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		resource func(*world) (auth.Resource, int)
		remove   func(*testing.T, *world) error
	}{
		"Task": {
			func(w *world) (auth.Resource, int) { return auth.Task, w.task },
			func(t *testing.T, w *world) error {
				return w.store.Write.Task.UpdateOneID(w.task).SetIsDeleted(true).Exec(t.Context())
			},
		},
		"Template": {
			func(w *world) (auth.Resource, int) { return auth.Template, w.template },
			func(t *testing.T, w *world) error {
				return w.store.Write.Template.UpdateOneID(w.template).SetIsDeleted(true).Exec(t.Context())
			},
		},
		"Space": {
			func(w *world) (auth.Resource, int) { return auth.Space, w.space },
			func(t *testing.T, w *world) error {
				return w.store.Write.Space.UpdateOneID(w.space).SetIsDeleted(true).Exec(t.Context())
			},
		},
		"SpaceOfATask": {
			func(w *world) (auth.Resource, int) { return auth.Task, w.task },
			func(t *testing.T, w *world) error {
				return w.store.Write.Space.UpdateOneID(w.space).SetIsDeleted(true).Exec(t.Context())
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			resource, id := test.resource(w)
			made := w.apply(resource, id, auth.View)
			if !w.works(made.Token) {
				t.Fatal("it never worked")
			}
			if err := test.remove(t, w); err != nil {
				t.Fatal(err)
			}
			w.wait(auth.CacheTTL)
			if w.works(made.Token) {
				t.Error("it outlives its resource")
			}
		})
	}
}

func TestApplyingSweepsWhatHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(auth.Space, w.space, auth.View)
	w.wait(auth.MinLifetime)
	live := w.apply(auth.Space, w.space, auth.View)
	rows, err := w.store.Read.Token.Query().Select(enttoken.FieldID, enttoken.FieldExpireTime).All(t.Context())
	if err != nil || len(rows) != 1 || !rows[0].ExpireTime.Equal(live.ExpireTime) {
		t.Errorf("%v, %v", rows, err)
	}
}
