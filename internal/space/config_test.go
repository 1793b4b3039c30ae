package space_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/space"
)

func ptr[T any](v T) *T { return &v }

// newSpace makes a space that the caller sees.
func (w *world) newSpace(t *testing.T, name string) int {
	t.Helper()
	id, err := w.Create(t.Context(), w.caller, space.CreateParams{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	w.caller = w.who(t)
	return id
}

// stored are the settings of a space as they stand in the database.
func (w *world) stored(t *testing.T, id int) map[string]json.RawMessage {
	t.Helper()
	rows, err := w.store.Read.SpaceConfig.Query().Where(spaceconfig.SpaceID(id)).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]json.RawMessage{}
	for _, row := range rows {
		stored[row.Name] = row.Value
	}
	return stored
}

func TestSetConfigStoresOneRowPerSettingAndLeavesTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.newSpace(t, "a"), w.newSpace(t, "b")
	if err := w.SetConfig(t.Context(), w.caller, space.ConfigParams{
		SpaceID: id, TokenExpiration: ptr("90m"), TokenAutoRenewal: ptr(false), FlowVersioning: ptr(false),
		GatewayExpression: ptr(space.FEEL), Superusers: []string{" ann ", "bob", "ann"},
		CredentialName: ptr(json.RawMessage(` {"default": "D", "project_1": "P"} `)),
		UniformAPI: &space.UniformAPIParams{
			APIs: []space.API{
				{Key: "zeta", MetaAPIs: "https://z.example/meta", CatalogMode: space.CatalogRemote, Headers: json.RawMessage(`{"X-A": "${_system.operator}"}`)},
				{Key: "Alpha_1", MetaAPIs: "http://a.example", Categories: "http://a.example/c", DisplayName: " A ", SourceKey: "s", CatalogMode: space.CatalogCacheOnly},
			},
			ExcludeNoneFields: json.RawMessage(`"false"`), ParameterConversion: json.RawMessage(`true`), StandardResponse: json.RawMessage(`"true"`),
		},
	}); err != nil {
		t.Fatal(err)
	}
	stored := w.stored(t, id)
	for name, want := range map[string]string{
		space.TokenExpiration: `"90m"`, space.TokenAutoRenewal: `"false"`, space.FlowVersioning: `"false"`,
		space.GatewayExpression: `"FEEL"`, space.Superusers: `["ann","bob"]`,
		space.CredentialForGateways: `{"default": "D", "project_1": "P"}`,
		space.UniformAPI: `{"api":{"zeta":{"meta_apis":"https://z.example/meta","api_categories":"","display_name":"","catalog_mode":"remote",` +
			`"headers":{"X-A":"${_system.operator}"}},"Alpha_1":{"meta_apis":"http://a.example","api_categories":"http://a.example/c",` +
			`"display_name":"A","source_key":"s","catalog_mode":"cache_only"}},` +
			`"common":{"exclude_none_fields":false,"enable_api_parameter_conversion":true,"enable_standard_response":true}}`,
	} {
		if string(stored[name]) != want {
			t.Errorf("%s is %s, want %s", name, stored[name], want)
		}
	}
	got := space.ReadConfig(stored)
	if u := got.UniformAPI; u.ExcludeNoneFields || !u.ParameterConversion || !u.StandardResponse || len(u.APIs) != 2 || u.APIs[0].Key != "zeta" {
		t.Errorf("read back %+v", u)
	}
	if len(w.stored(t, other)) != 2 {
		t.Errorf("another space has %v", w.stored(t, other))
	}

	// A second change leaves what it does not name; null takes the name away.
	if err := w.SetConfig(t.Context(), w.caller, space.ConfigParams{
		SpaceID: id, FlowVersioning: ptr(true), CredentialName: ptr(json.RawMessage(`null`)), Superusers: []string{},
	}); err != nil {
		t.Fatal(err)
	}
	again := space.ReadConfig(w.stored(t, id))
	if !again.FlowVersioning || again.CredentialName != nil || len(again.Superusers) != 0 || again.TokenExpiration != "90m" || len(again.UniformAPI.APIs) != 2 {
		t.Errorf("after the second change %+v", again)
	}
}

func TestSetConfigListsEveryProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	before := fmt.Sprint(w.stored(t, id))
	long := strings.Repeat("é", 129)
	for name, test := range map[string]struct {
		p    space.ConfigParams
		want []string
	}{
		"TooShort":   {space.ConfigParams{TokenExpiration: ptr("59m")}, []string{"INVALID_VALUE tokenExpiration"}},
		"NoUnit":     {space.ConfigParams{TokenExpiration: ptr("3600")}, []string{"INVALID_VALUE tokenExpiration"}},
		"TooLong":    {space.ConfigParams{TokenExpiration: ptr("366d")}, []string{"INVALID_VALUE tokenExpiration"}},
		"Language":   {space.ConfigParams{GatewayExpression: ptr("feel")}, []string{"INVALID_VALUE gatewayExpression"}},
		"Superusers": {space.ConfigParams{Superusers: []string{"a", " ", long}}, []string{"BLANK superusers.1", "TOO_LONG superusers.2"}},
		"Name":       {space.ConfigParams{CredentialName: ptr(json.RawMessage(`5`))}, []string{"WRONG_TYPE apiGatewayCredentialName"}},
		"NameBlank":  {space.ConfigParams{CredentialName: ptr(json.RawMessage(`""`))}, []string{"INVALID_VALUE apiGatewayCredentialName"}},
		"NameObject": {
			space.ConfigParams{CredentialName: ptr(json.RawMessage(`{"a{_b": "x", "p_1": 5}`))},
			[]string{"INVALID_VALUE apiGatewayCredentialName.default", "INVALID_VALUE apiGatewayCredentialName.a{_b", "WRONG_TYPE apiGatewayCredentialName.p_1"},
		},
		"Flags": {
			space.ConfigParams{UniformAPI: &space.UniformAPIParams{
				ExcludeNoneFields: json.RawMessage(`"yes"`), ParameterConversion: json.RawMessage(`1`), StandardResponse: json.RawMessage(`{}`),
			}},
			[]string{"WRONG_TYPE uniformApi.excludeNoneFields", "WRONG_TYPE uniformApi.enableApiParameterConversion", "WRONG_TYPE uniformApi.enableStandardResponse"},
		},
		"APIs": {
			space.ConfigParams{UniformAPI: &space.UniformAPIParams{APIs: []space.API{
				{Key: "a-b", MetaAPIs: "ftp://x.example"}, {Key: "k", MetaAPIs: " ", Categories: "https://u:p@x.example"},
				{Key: "k", MetaAPIs: "http://x.example", DisplayName: long, SourceKey: long},
			}}},
			[]string{
				"INVALID_VALUE uniformApi.apis.0.key", "INVALID_VALUE uniformApi.apis.0.metaApis", "BLANK uniformApi.apis.1.metaApis",
				"INVALID_VALUE uniformApi.apis.1.apiCategories", "TOO_LONG uniformApi.apis.2.displayName", "TOO_LONG uniformApi.apis.2.sourceKey",
				"CONFLICT uniformApi.apis.2.key",
			},
		},
		"Headers": {
			space.ConfigParams{UniformAPI: &space.UniformAPIParams{APIs: []space.API{
				{Key: "a", MetaAPIs: "http://x.example", Headers: json.RawMessage(`{"A": "x\r\nB: y", "B C": "x", "D": 5, "E": "\n"}`)},
				{Key: "b", MetaAPIs: "http://x.example", Headers: json.RawMessage(`["x"]`)},
			}}},
			[]string{
				"INVALID_VALUE uniformApi.apis.0.headers.A", "INVALID_VALUE uniformApi.apis.0.headers.B C", "WRONG_TYPE uniformApi.apis.0.headers.D",
				"INVALID_VALUE uniformApi.apis.0.headers.E", "WRONG_TYPE uniformApi.apis.1.headers",
			},
		},
		"AllAtOnce": {
			space.ConfigParams{TokenExpiration: ptr(""), GatewayExpression: ptr(""), Superusers: []string{""}},
			[]string{"INVALID_VALUE tokenExpiration", "INVALID_VALUE gatewayExpression", "BLANK superusers.0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.p.SpaceID = id
			err := w.SetConfig(t.Context(), w.caller, test.p)
			if got := problems(err); fault.CodeOf(err) != fault.CodeInvalid || !slices.Equal(got, test.want) {
				t.Errorf("%v: %q, want %q", err, got, test.want)
			}
		})
	}
	if after := fmt.Sprint(w.stored(t, id)); after != before {
		t.Errorf("written: %s", after)
	}
}

func TestSetConfigIsForThoseWhoManageTheSpace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	gone := w.newSpace(t, "b")
	w.store.Write.Space.UpdateOneID(gone).SetIsDeleted(true).ExecX(t.Context())
	stranger := auth.Caller{AppID: 4711, AppCode: "x"}
	root := auth.Caller{AppID: 4711, AppCode: "x", Superuser: true}
	token := auth.Caller{Grant: &auth.Grant{Resource: auth.Space, ResourceID: id, SpaceID: id, Permission: auth.Edit}}
	for name, test := range map[string]struct {
		caller auth.Caller
		id     int
		want   fault.Code
	}{
		"Stranger": {stranger, id, fault.CodeNotFound}, "Missing": {w.caller, 4711, fault.CodeNotFound},
		"MissingForRoot": {root, 4711, fault.CodeNotFound}, "DeletedForRoot": {root, gone, fault.CodeNotFound},
		"Deleted": {w.caller, gone, fault.CodeNotFound}, "Token": {token, id, fault.CodeForbidden},
		"Root": {root, id, ""}, "Owner": {w.caller, id, ""},
	} {
		// The wish is wrong, too: who may not ask learns nothing about that.
		err := w.SetConfig(t.Context(), test.caller, space.ConfigParams{SpaceID: test.id, TokenExpiration: ptr("1s")})
		want := test.want
		if want == "" {
			want = fault.CodeInvalid
		}
		if fault.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestReadConfigReadsWhatOthersHaveWritten(t *testing.T) {
	t.Parallel()
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	if c := space.ReadConfig(nil); c.TokenExpiration != "1h" || !c.TokenAutoRenewal || c.FlowVersioning ||
		c.GatewayExpression != space.Boolrule || c.Superusers == nil || c.CredentialName != nil || c.UniformAPI.APIs == nil {
		t.Errorf("defaults %+v", c)
	}
	for _, text := range []string{`true`, `"true"`, `"True"`} {
		c := space.ReadConfig(map[string]json.RawMessage{
			space.FlowVersioning: raw(text), space.TokenAutoRenewal: raw(text),
			space.UniformAPI: raw(`{"api": {}, "common": {"exclude_none_fields": ` + text + `}}`),
		})
		if !c.FlowVersioning || !c.TokenAutoRenewal || !c.UniformAPI.ExcludeNoneFields || c.UniformAPI.StandardResponse {
			t.Errorf("%s is off: %+v", text, c)
		}
	}
	for _, text := range []string{`false`, `"false"`, `"False"`} {
		c := space.ReadConfig(map[string]json.RawMessage{
			space.FlowVersioning: raw(text), space.TokenAutoRenewal: raw(text),
			space.UniformAPI: raw(`{"api": {}, "common": {"enable_standard_response": ` + text + `}}`),
		})
		if c.FlowVersioning || c.TokenAutoRenewal || c.UniformAPI.StandardResponse {
			t.Errorf("%s is on: %+v", text, c)
		}
	}
	flat := space.ReadConfig(map[string]json.RawMessage{space.UniformAPI: raw(`{"meta_apis": "http://m", "api_categories": "http://c"}`)})
	if apis := flat.UniformAPI.APIs; len(apis) != 1 || apis[0].Key != "default" || apis[0].MetaAPIs != "http://m" ||
		apis[0].CatalogMode != space.CatalogRemote || string(apis[0].Headers) != "{}" {
		t.Errorf("the oldest form: %+v", apis)
	}
	broken := space.ReadConfig(map[string]json.RawMessage{
		space.TokenExpiration: raw(`"soon"`), space.TokenAutoRenewal: raw(`5`), space.GatewayExpression: raw(`"x"`),
		space.Superusers: raw(`"ann"`), space.UniformAPI: raw(`{"api": ["x"], "common": []}`), space.CredentialForGateways: raw(` null `),
	})
	if broken.TokenExpiration != "1h" || !broken.TokenAutoRenewal || broken.GatewayExpression != space.Boolrule ||
		len(broken.Superusers) != 0 || len(broken.UniformAPI.APIs) != 0 || broken.CredentialName != nil {
		t.Errorf("what has no form: %+v", broken)
	}
}

func TestSettingShowsFlagsAsTextsInWhicheverFormTheyAreStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.newSpace(t, "a")
	for stored, want := range map[string]string{`true`: `"true"`, `"true"`: `"true"`, `false`: `"false"`, `"false"`: `"false"`} {
		w.store.Write.SpaceConfig.Update().Where(spaceconfig.SpaceID(id), spaceconfig.Name(space.FlowVersioning)).
			SetValue(json.RawMessage(stored)).ExecX(t.Context())
		if got, err := w.Setting(t.Context(), w.store.Read, id, space.FlowVersioning); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", stored, got, err)
		}
	}
}

func TestParseExpiration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"3600s": time.Hour, "60m": time.Hour, "90m": 90 * time.Minute, "1h": time.Hour, "1d": 24 * time.Hour, "365d": 365 * 24 * time.Hour,
		"3599s": 0, "0d": 0, "": 0, "h": 0, "1": 0, "1 h": 0, "-1h": 0, "1.5h": 0, "1w": 0, "1h30m": 0, "366d": 0, "999999999d": 0, "9999999999d": 0, "١h": 0,
	} {
		got, err := space.ParseExpiration(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
