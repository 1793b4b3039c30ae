package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFlagsOfRealCallsAreJudgedAtStart(t *testing.T) {
	t.Parallel()
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "c.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := Outbound{
		AllowHost: []string{"api.example.com", "*.example.org:443", "10.0.0.1:8080"}, AllowNet: []string{"10.0.0.0/8"},
		ServerCredential: file(`{"bk_app_code": "me", "bk_app_secret": "hidden"}`), UseServerCredential: true,
	}
	if made, err := good.calls(nil, nil); err != nil || made == nil {
		t.Fatalf("%v", err)
	}
	if pair, err := good.credential(); err != nil || pair.AppCode != "me" || pair.Secret != "hidden" {
		t.Errorf("%v, %v", pair, err)
	}
	if made, err := (Outbound{}).calls(nil, nil); err != nil || made == nil {
		t.Errorf("without flags: %v", err)
	}
	for name, c := range map[string]struct {
		flags Outbound
		flag  string
	}{
		"host":          {Outbound{AllowHost: []string{"https://a.test"}}, "allow-host"},
		"net":           {Outbound{AllowHost: []string{"a.test"}, AllowNet: []string{"10.0.0.1"}}, "allow-net"},
		"no file":       {Outbound{ServerCredential: filepath.Join(t.TempDir(), "none")}, "server-credential"},
		"no JSON":       {Outbound{ServerCredential: file("hidden")}, "server-credential"},
		"no secret":     {Outbound{ServerCredential: file(`{"bk_app_code": "hidden"}`)}, "server-credential"},
		"no credential": {Outbound{UseServerCredential: true}, "use-server-credential"},
	} {
		_, err := c.flags.calls(nil, nil)
		var setting *settingError
		if !errors.As(err, &setting) || setting.flag != c.flag || !setting.refused || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
