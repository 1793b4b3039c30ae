package credential_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rehearse.dev/internal/credential"
)

// Rows 66 to 75 and 87d of the edge cases (domain §7).
func TestRowsOfResolution(t *testing.T) {
	t.Parallel()
	pair := func(code string) credential.Pair { return credential.Pair{AppCode: code, Secret: "secret of " + code} }
	task := map[string]credential.Pair{
		"K": pair("task-k"), "N": pair("task-n"), "half": {AppCode: "x"}, "other": pair("other"),
	}
	space, server := pair("space"), pair("server")
	for name, test := range map[string]struct {
		request credential.Request
		want    string // source, name and code
		skipped []string
	}{
		"66 the key is in the task": {
			credential.Request{Key: "K", Name: "N", Task: task, Space: &space}, "TASK K task-k", nil,
		},
		"67 an unknown key goes to the space, not to the task's N": {
			credential.Request{Key: "other?", Name: "N", Task: task, Space: &space}, "SPACE N space",
			[]string{"asks for other?", "only counts for nodes that ask for none"},
		},
		"68 no key, N in the task": {
			credential.Request{Name: "N", Task: task, Space: &space}, "TASK N task-n", nil,
		},
		"69 no key, N not in the task": {
			credential.Request{Name: "M", Task: task, Space: &space}, "SPACE M space", []string{"names M, and the task has no"},
		},
		"72 73 the space has no such row": {
			credential.Request{Name: "M", SpaceReason: "there is none", Server: &server, UseServer: true}, "SERVER  server",
			[]string{"the task has no credential of that name", "cannot be used: there is none"},
		},
		"74 nothing resolves": {
			credential.Request{}, "  ", []string{"names no credential", "the server has no"},
		},
		"74 the server's is switched off": {
			credential.Request{Server: &server}, "  ", []string{"names no credential", "switched off"},
		},
		"75 version 2 ignores the task's": {
			credential.Request{Version: "v2.0.0", Key: "K", Name: "N", Task: task, Space: &space}, "SPACE N space", nil,
		},
		"75 version 2 with the task's alone fails": {
			credential.Request{Version: "v2.0.0", Key: "K", Name: "N", Task: task, SpaceReason: "there is none", Server: &server}, "  ",
			[]string{"there is none", "switched off"},
		},
		"version 1 falls to the server's always": {
			credential.Request{Version: "v1.0.0", Name: "N", Task: task, SpaceReason: "there is none", Server: &server}, "SERVER  server",
			[]string{"there is none"},
		},
		"version 1 prefers the space's": {
			credential.Request{Version: "v1.0.0", Name: "N", Space: &space, Server: &server}, "SPACE N space", nil,
		},
		"version 4 is like 3": {
			credential.Request{Version: "v4.0.0", Key: "K", Name: "N", Task: task, Space: &space}, "TASK K task-k", nil,
		},
		"87d the key is the setting's name and in the task": {
			credential.Request{Key: "N", Name: "N", Task: task, Space: &space}, "TASK N task-n", nil,
		},
		"the key is the setting's name and not in the task": {
			credential.Request{Key: "M", Name: "M", Task: task, Space: &space}, "SPACE M space", []string{"asks for M"},
		},
		"a task's without its secret falls to the space": {
			credential.Request{Name: "half", Task: task, Space: &space}, "SPACE half space", []string{"half lacks"},
		},
		"a key without its secret falls to the space": {
			credential.Request{Key: "half", Name: "N", Task: task, Space: &space}, "SPACE N space", []string{"half lacks", "only counts"},
		},
		"a space's without its secret falls to the server": {
			credential.Request{Name: "M", Space: &credential.Pair{AppCode: "x"}, Server: &server, UseServer: true}, "SERVER  server",
			[]string{"the task has no", "space's credential M lacks"},
		},
		"an unrelated credential of the task changes nothing": {
			credential.Request{Name: "M", Task: map[string]credential.Pair{"other": pair("other")}, Space: &space}, "SPACE M space", []string{"M"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.request.Version == "" {
				test.request.Version = "v3.0.0"
			}
			got := credential.Resolve(test.request)
			if line := fmt.Sprintf("%s %s %s", got.Source, got.Name, got.AppCode); line != test.want {
				t.Errorf("got %q, want %q", line, test.want)
			}
			if (got.Problem == "") != (got.Source != credential.None) || (got.Secret == "") != (got.Source == credential.None) {
				t.Errorf("problem %q, secret of %d characters", got.Problem, len(got.Secret))
			}
			if !slices.EqualFunc(got.Skipped, test.skipped, strings.Contains) {
				t.Errorf("skipped %q, want %q", got.Skipped, test.skipped)
			}
			if told := fmt.Sprint(got.Skipped, got.Problem); strings.Contains(told, "secret of") {
				t.Errorf("a reason holds a secret: %s", told)
			}
		})
	}
}

func TestAPairDoesNotPrintItsSecret(t *testing.T) {
	t.Parallel()
	p := credential.Pair{AppCode: "shop", Secret: "hidden"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, p); strings.Contains(got, "hidden") {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if got := fmt.Sprintf("%+v", credential.Result{Pair: p}); strings.Contains(got, "hidden") {
		t.Errorf("a result prints %s", got)
	}
}

// Rows 70 and 71, and domain §3.1.
func TestConfiguredNameByScope(t *testing.T) {
	t.Parallel()
	const object = `{"default": "D", "project_123": "P"}`
	text := func(s string) *string { return &s }
	for name, test := range map[string]struct {
		setting           string
		scopeType, values *string
		want              string
	}{
		"70 the scope's own":     {object, text("project"), text("123"), "P"},
		"71 another scope":       {object, text("project"), text("9"), "D"},
		"71 no scope":            {object, nil, nil, "D"},
		"half a scope":           {object, text("project"), nil, "D"},
		"a text":                 {`"N"`, text("project"), text("123"), "N"},
		"none":                   {`null`, nil, nil, ""},
		"nothing":                {``, nil, nil, ""},
		"no default":             {`{"a_b": "x"}`, nil, nil, ""},
		"stored wrongly: a list": {`[1]`, nil, nil, ""},
	} {
		if got := credential.Configured(json.RawMessage(test.setting), test.scopeType, test.values); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestCheckConfiguredNamesEveryMember(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string][]string{
		`"N"`:              nil,
		`{"default": "D"}`: nil,
		`{"default": "D", "a_b": "x", "a_b_c": "y"}`: nil,
		`""`:                                     {":false"},
		`" "`:                                    {":false"},
		`5`:                                      {":true"},
		`[]`:                                     {":true"},
		`true`:                                   {":true"},
		``:                                       {":true"},
		`{}`:                                     {"default:false"},
		`{"a_b": "x"}`:                           {"default:false"},
		`{"default": 5}`:                         {"default:true"},
		`{"default": null}`:                      {"default:true"},
		`{"default": ""}`:                        {"default:false"},
		`{"default": "D", "ab": "x"}`:            {"ab:false"},
		`{"default": "D", "a_{b": "x"}`:          {"a_{b:false"},
		`{"default": "D", "_b": "x", "a_": "x"}`: {"_b:false", "a_:false"},
		`{"a_b": [], "x": {}}`:                   {"default:false", "a_b:true", "x:false", "x:true"},
	} {
		var got []string
		for _, f := range credential.CheckConfigured(json.RawMessage(setting)) {
			got = append(got, fmt.Sprintf("%s:%v", f.Member, f.Type))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", setting, got, want)
		}
	}
}
