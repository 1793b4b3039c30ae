package space_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
)

// bkApp is the wish for a good credential, for others to change.
func bkApp(spaceID int, name string) space.CredentialParams {
	return space.CredentialParams{
		SpaceID: spaceID, Name: name, Type: "BK_APP", ScopeLevel: "NONE",
		Content: json.RawMessage(`{"bk_app_code": "shop", "bk_app_secret": "hid-den-1"}`),
	}
}

func (w *world) credential(t *testing.T, p space.CredentialParams) int {
	t.Helper()
	id, err := w.CreateCredential(t.Context(), w.caller, p)
	if err != nil {
		t.Fatal(err, problems(err))
	}
	return id
}

func (w *world) row(t *testing.T, id int) *ent.Credential {
	t.Helper()
	row, err := w.store.Read.Credential.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestCredentialsAreSealedAndShownMasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	for typ, test := range map[string]struct{ content, shown string }{
		"BK_APP":          {`{"bk_app_code":"shop","bk_app_secret":"hid-den"}`, `{"bk_app_code":"shop","bk_app_secret":"******"}`},
		"BK_ACCESS_TOKEN": {`{"access_token":"hid-den"}`, `{"access_token":"******"}`},
		"BASIC_AUTH":      {`{"username":"ann","password":" hid-den*"}`, `{"password":"******","username":"ann"}`},
		"CUSTOM":          {`{"any.thing":"hid-den","user":"hid-den"}`, `{"any.thing":"******","user":"******"}`},
	} {
		p := bkApp(id, " "+typ+" ")
		p.Type, p.Content, p.Description = typ, json.RawMessage(test.content), " d "
		row := w.row(t, w.credential(t, p))
		if row.Name != typ || row.Description != "d" || string(row.Shown) != test.shown || row.Creator != "ann" || row.Operator != "ann" {
			t.Errorf("%s: row %+v, shown %s", typ, row, row.Shown)
		}
		if strings.Contains(string(row.Sealed), "hid-den") {
			t.Errorf("%s is in the clear", typ)
		}
		if key, ok := seal.KeyID(row.Sealed); !ok || key != row.KeyID || key != w.keys.Current() {
			t.Errorf("%s is sealed with %q, and the row says %q", typ, key, row.KeyID)
		}
		plain, err := w.keys.Open(row.Sealed, fmt.Appendf(nil, "space.credential:%d:%d", id, row.ID))
		var got, want map[string]string
		if err != nil || json.Unmarshal(plain, &got) != nil || json.Unmarshal([]byte(test.content), &want) != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s opens as another content, %v", typ, err)
		}
	}
}

func TestCreateCredentialListsEveryProblemAndRepeatsNoValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	const secret = "hid-den-7"
	for name, test := range map[string]struct {
		typ, content string
		want         []string
	}{
		"Missing":    {"BK_APP", `{"bk_app_code": "x"}`, []string{"REQUIRED content.bk_app_secret"}},
		"Both":       {"BASIC_AUTH", `{}`, []string{"REQUIRED content.username", "REQUIRED content.password"}},
		"Nested":     {"BK_APP", `{"bk_app_code": "x", "bk_app_secret": {"a": "` + secret + `"}}`, []string{"WRONG_TYPE content.bk_app_secret"}},
		"Number":     {"BK_ACCESS_TOKEN", `{"access_token": 5}`, []string{"WRONG_TYPE content.access_token"}},
		"Null":       {"BK_ACCESS_TOKEN", `{"access_token": null}`, []string{"WRONG_TYPE content.access_token"}},
		"Blank":      {"BK_ACCESS_TOKEN", `{"access_token": " "}`, []string{"BLANK content.access_token"}},
		"Masked":     {"BK_ACCESS_TOKEN", `{"access_token": "******"}`, []string{"INVALID_VALUE content.access_token"}},
		"OneStar":    {"CUSTOM", `{"a": " * "}`, []string{"INVALID_VALUE content.a"}},
		"Other":      {"BK_ACCESS_TOKEN", `{"access_token": "` + secret + `", "more": "` + secret + `"}`, []string{"INVALID_VALUE content.more"}},
		"Empty":      {"CUSTOM", `{}`, []string{"BLANK content"}},
		"CustomNest": {"CUSTOM", `{"a": ["` + secret + `"], "b": true}`, []string{"WRONG_TYPE content.a", "WRONG_TYPE content.b"}},
		"BadName":    {"CUSTOM", `{"a b": "` + secret + `"}`, []string{"INVALID_VALUE content.a b"}},
		"List":       {"CUSTOM", `["` + secret + `"]`, []string{"WRONG_TYPE content"}},
		"NoObject":   {"CUSTOM", `null`, []string{"WRONG_TYPE content"}},
		"Long":       {"CUSTOM", `{"a": "` + strings.Repeat("x", 8193) + `"}`, []string{"TOO_LONG content.a"}},
		"Type":       {"OTHER", `{"a": "` + secret + `"}`, []string{"INVALID_VALUE type"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := bkApp(id, "n")
			p.Type, p.Content = test.typ, json.RawMessage(test.content)
			_, err := w.CreateCredential(t.Context(), w.caller, p)
			if got := problems(err); fault.CodeOf(err) != fault.CodeInvalid || !slices.Equal(got, test.want) {
				t.Errorf("%v: %q, want %q", err, got, test.want)
			}
			if told := fmt.Sprintf("%+v", fault.As(err)); strings.Contains(told, secret) {
				t.Errorf("the refusal repeats the secret: %s", told)
			}
		})
	}
	p := bkApp(id, strings.Repeat("é", 33))
	p.Description, p.ScopeLevel, p.Content = strings.Repeat("é", 129), "SOME", json.RawMessage(`5`)
	if _, err := w.CreateCredential(t.Context(), w.caller, p); !slices.Equal(problems(err), []string{
		"TOO_LONG name", "TOO_LONG description", "INVALID_VALUE scopeLevel", "WRONG_TYPE content",
	}) {
		t.Errorf("all at once: %q", problems(err))
	}
}

func TestScopesGoWithLevelPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	scopes := []space.Scope{{Type: " project ", Value: "1"}, {Type: "project", Value: "1"}, {Type: "project", Value: "2"}}
	for name, test := range map[string]struct {
		level  string
		scopes []space.Scope
		want   []string
	}{
		"PartWithout": {"PART", nil, []string{"REQUIRED scopes"}},
		"AllWith":     {"ALL", scopes, []string{"INVALID_VALUE scopes"}},
		"NoneWith":    {"NONE", scopes, []string{"INVALID_VALUE scopes"}},
		"Blank":       {"PART", []space.Scope{{Type: "", Value: strings.Repeat("x", 129)}}, []string{"BLANK scopes.0.scopeType", "TOO_LONG scopes.0.scopeValue"}},
		"Many":        {"PART", slices.Repeat(scopes, 34), []string{"TOO_LONG scopes"}},
	} {
		p := bkApp(id, "n")
		p.ScopeLevel, p.Scopes = test.level, test.scopes
		if _, err := w.CreateCredential(t.Context(), w.caller, p); !slices.Equal(problems(err), test.want) {
			t.Errorf("%s: %q", name, problems(err))
		}
	}
	p := bkApp(id, "n")
	p.ScopeLevel, p.Scopes = "PART", scopes
	made := w.credential(t, p)
	if got := fmt.Sprint(w.row(t, made).Scopes); got != "[map[scope_type:project scope_value:1] map[scope_type:project scope_value:2]]" {
		t.Errorf("stored %s", got)
	}
	update := func(p space.UpdateCredentialParams) error {
		p.ID = made
		return w.UpdateCredential(t.Context(), w.caller, p)
	}
	if err := update(space.UpdateCredentialParams{ScopeLevel: ptr("PART")}); err != nil || len(w.row(t, made).Scopes) != 2 {
		t.Errorf("the same level: %v, %v", err, w.row(t, made).Scopes)
	}
	if err := update(space.UpdateCredentialParams{Scopes: []space.Scope{}}); !slices.Equal(problems(err), []string{"REQUIRED scopes"}) {
		t.Errorf("no scopes left: %v", err)
	}
	if err := update(space.UpdateCredentialParams{ScopeLevel: ptr("ALL")}); err != nil || len(w.row(t, made).Scopes) != 0 {
		t.Errorf("another level: %v, %v", err, w.row(t, made).Scopes)
	}
	if err := update(space.UpdateCredentialParams{Scopes: scopes}); !slices.Equal(problems(err), []string{"INVALID_VALUE scopes"}) {
		t.Errorf("scopes for level ALL: %v", err)
	}
}

func TestUpdateCredentialKeepsWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	made := w.credential(t, bkApp(id, "one"))
	w.credential(t, bkApp(id, "two"))
	before := w.row(t, made)
	w.caller.Username = "bob"
	if err := w.UpdateCredential(t.Context(), w.caller, space.UpdateCredentialParams{ID: made, Name: ptr("new name")}); err != nil {
		t.Fatal(err)
	}
	after := w.row(t, made)
	if after.Name != "new name" || after.Operator != "bob" || after.Creator != "ann" || string(after.Sealed) != string(before.Sealed) {
		t.Errorf("renamed to %+v", after)
	}
	if err := w.SetConfig(t.Context(), w.caller, space.ConfigParams{SpaceID: id, CredentialName: ptr(json.RawMessage(`"new name"`))}); err != nil {
		t.Fatal(err)
	}
	opened := func() string {
		_, pair, reason, err := w.ForUniformAPI(t.Context(), w.store.Read, id, nil, nil)
		if err != nil || pair == nil {
			t.Fatalf("%q, %v", reason, err)
		}
		return pair.AppCode + " " + pair.Secret
	}
	if got := opened(); got != "shop hid-den-1" {
		t.Errorf("after the rename it opens as %q", got)
	}
	if err := w.UpdateCredential(t.Context(), w.caller, space.UpdateCredentialParams{
		ID: made, Content: json.RawMessage(`{"bk_app_code": "shop2", "bk_app_secret": "other"}`),
	}); err != nil || opened() != "shop2 other" || string(w.row(t, made).Shown) != `{"bk_app_code":"shop2","bk_app_secret":"******"}` {
		t.Errorf("%v: opens as %q, shows %s", err, opened(), w.row(t, made).Shown)
	}
	for name, test := range map[string]struct {
		p    space.UpdateCredentialParams
		want []string
	}{
		"Taken":     {space.UpdateCredentialParams{Name: ptr("two")}, []string{"CONFLICT name"}},
		"OtherType": {space.UpdateCredentialParams{Content: json.RawMessage(`{"access_token": "x"}`)}, []string{"INVALID_VALUE content.access_token", "REQUIRED content.bk_app_code", "REQUIRED content.bk_app_secret"}},
		"Masked":    {space.UpdateCredentialParams{Content: json.RawMessage(`{"bk_app_code": "shop", "bk_app_secret": "******"}`)}, []string{"INVALID_VALUE content.bk_app_secret"}},
		"AllAtOnce": {space.UpdateCredentialParams{Name: ptr(" "), Description: ptr(strings.Repeat("x", 129)), ScopeLevel: ptr("PART")}, []string{"BLANK name", "TOO_LONG description", "REQUIRED scopes"}},
	} {
		test.p.ID = made
		if err := w.UpdateCredential(t.Context(), w.caller, test.p); !slices.Equal(problems(err), test.want) {
			t.Errorf("%s: %v %q", name, err, problems(err))
		}
	}
	if got := opened(); got != "shop2 other" {
		t.Errorf("a refused update left %q", got)
	}
	if err := w.UpdateCredential(t.Context(), w.caller, space.UpdateCredentialParams{ID: made, Name: ptr("new name")}); err != nil {
		t.Errorf("its own name: %v", err)
	}
}

func TestNamesAreUniqueInASpaceUntilTheyAreDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.newSpace(t, "a"), w.newSpace(t, "b")
	made := w.credential(t, bkApp(id, "one"))
	w.credential(t, bkApp(other, "one"))
	if _, err := w.CreateCredential(t.Context(), w.caller, bkApp(id, " one ")); !slices.Equal(problems(err), []string{"CONFLICT name"}) {
		t.Errorf("twice: %v", err)
	}
	if err := w.DeleteCredential(t.Context(), w.caller, made); err != nil {
		t.Fatal(err)
	}
	if again := w.credential(t, bkApp(id, "one")); again == made {
		t.Error("an id was used again")
	}
	if err := w.DeleteCredential(t.Context(), w.caller, made); !slices.Equal(problems(err), []string{"NOT_FOUND id"}) {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestASpaceHasAtMost100Credentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	for i := range space.MaxCredentials {
		w.credential(t, bkApp(id, fmt.Sprint("c", i)))
	}
	_, err := w.CreateCredential(t.Context(), w.caller, bkApp(id, "one more"))
	if fault.CodeOf(err) != fault.CodePrecondition || !slices.Equal(problems(err), []string{"LIMIT_REACHED"}) {
		t.Errorf("%v %q", err, problems(err))
	}
}

func TestCredentialsAreForThoseWhoManageTheSpace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	made := w.credential(t, bkApp(id, "one"))
	for name, test := range map[string]struct {
		caller auth.Caller
		want   fault.Code
	}{
		"Stranger":  {auth.Caller{AppID: 4711}, fault.CodeNotFound},
		"SpaceEdit": {auth.Caller{Grant: &auth.Grant{Resource: auth.Space, ResourceID: id, SpaceID: id, Permission: auth.Edit}}, fault.CodeForbidden},
		"OtherMock": {auth.Caller{Grant: &auth.Grant{Resource: auth.Template, ResourceID: 1, SpaceID: id, Permission: auth.Mock}}, fault.CodeNotFound},
	} {
		_, create := w.CreateCredential(t.Context(), test.caller, bkApp(id, ""))
		update := w.UpdateCredential(t.Context(), test.caller, space.UpdateCredentialParams{ID: made, Name: ptr("")})
		remove := w.DeleteCredential(t.Context(), test.caller, made)
		for _, err := range []error{create, update, remove} {
			if fault.CodeOf(err) != test.want {
				t.Errorf("%s: %v, want %s", name, err, test.want)
			}
		}
	}
	// Missing and somebody else's look the same.
	missing := w.DeleteCredential(t.Context(), w.caller, 4711)
	foreign := w.DeleteCredential(t.Context(), auth.Caller{AppID: 4711}, made)
	if fmt.Sprintf("%+v", fault.As(missing)) != fmt.Sprintf("%+v", fault.As(foreign)) {
		t.Errorf("missing: %v, foreign: %v", missing, foreign)
	}
}

func TestForUniformAPISaysWhyNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	p := bkApp(id, "basic")
	p.Type, p.Content = "BASIC_AUTH", json.RawMessage(`{"username": "u", "password": "p"}`)
	w.credential(t, p)
	good := w.credential(t, bkApp(id, "good"))
	ask := func(setting string) (string, bool, string, int) {
		t.Helper()
		if err := w.SetConfig(t.Context(), w.caller, space.ConfigParams{SpaceID: id, CredentialName: ptr(json.RawMessage(setting))}); err != nil {
			t.Fatal(err)
		}
		ctx, counter := store.WithCounter(t.Context())
		name, pair, reason, err := w.ForUniformAPI(ctx, w.store.Read, id, ptr("project"), ptr("1"))
		if err != nil {
			t.Fatal(err)
		}
		return name, pair != nil, reason, counter.Statements()
	}
	for setting, want := range map[string]struct {
		name, reason string
		pair         bool
		statements   int
	}{
		`null`:    {"", "", false, 1},
		`"none"`:  {"none", "no credential of that name", false, 2},
		`"basic"`: {"basic", "type BASIC_AUTH", false, 2},
		`"good"`:  {"good", "", true, 2},
		`{"default": "none", "project_1": "good"}`: {"good", "", true, 2},
	} {
		name, pair, reason, statements := ask(setting)
		if name != want.name || pair != want.pair || !strings.Contains(reason, want.reason) || statements != want.statements {
			t.Errorf("%s: %q, %v, %q, %d statements", setting, name, pair, reason, statements)
		}
	}
	ask(`"good"`) // the loop above ends with any of them
	// A row that was copied over another's does not open: it is bound to its id.
	row := w.row(t, good)
	damaged := bytes.Clone(row.Sealed)
	damaged[len(damaged)-1] ^= 1
	w.store.Write.Credential.UpdateOneID(good).SetSealed(damaged).ExecX(t.Context())
	if _, _, _, err := w.ForUniformAPI(t.Context(), w.store.Read, id, ptr("project"), ptr("1")); !errors.Is(err, seal.ErrCorrupt) {
		t.Errorf("a damaged row: %v", err)
	}
}

func TestResealFindsByKeyAndKeepsTheContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	for i := range 5 {
		w.credential(t, bkApp(id, fmt.Sprint("c", i)))
	}
	old := w.keys.Current()
	next, err := seal.New(slices.Repeat([]byte{7}, seal.KeySize), make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	after := space.New(space.Deps{Store: w.store, Now: time.Now, Changed: func(context.Context, int) error { return nil }, Keys: next})
	for _, want := range []int{2, 2, 1, 0} {
		if n, err := after.Reseal(t.Context(), old, 2); n != want || err != nil {
			t.Fatalf("%d, %v; want %d", n, err, want)
		}
	}
	if ids, err := space.SealedBy(t.Context(), w.store.Read); err != nil || !slices.Equal(ids, []string{next.Current()}) {
		t.Errorf("sealed by %v, %v", ids, err)
	}
	if err := after.SetConfig(t.Context(), w.caller, space.ConfigParams{SpaceID: id, CredentialName: ptr(json.RawMessage(`"c4"`))}); err != nil {
		t.Fatal(err)
	}
	if _, pair, _, err := after.ForUniformAPI(t.Context(), w.store.Read, id, nil, nil); err != nil || pair.Secret != "hid-den-1" {
		t.Errorf("opens as %v, %v", pair, err)
	}
	if _, pair, reason, err := w.ForUniformAPI(t.Context(), w.store.Read, id, nil, nil); err != nil || pair != nil || !strings.Contains(reason, "lacks the key") {
		t.Errorf("without the new key: %v, %q, %v", pair, reason, err)
	}
}
