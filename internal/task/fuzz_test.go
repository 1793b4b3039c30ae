package task_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"rehearse.dev/internal/task"
)

// FuzzDecodeCredentials feeds arbitrary JSON, and arbitrary content inside the
// base64 of one credential. Nothing may panic, and no problem may repeat what was
// sent beside the credential's name.
func FuzzDecodeCredentials(f *testing.F) {
	encode := base64.StdEncoding.EncodeToString
	for _, inner := range []string{
		`{"bk_app_code": "shop", "bk_app_secret": "s3cr3t-value"}`, `{"bk_app_code": "shop"}`, `{}`, `[]`, `"x"`, `1`, `null`, ``, `{`,
		`{"bk_app_code": 1, "bk_app_secret": null}`, `{"a": 1, "a": 2}`, `{"bk_app_code": "\u0000", "bk_app_secret": " "}`,
		"\xff\xfe", `{"bk_app_code": "a", "bk_app_secret": "b"} x`, `{"n": 99999999999999999999}`, strings.Repeat(`{"a":`, 200),
	} {
		f.Add(`{"k": "`+encode([]byte(inner))+`"}`, inner)
	}
	for _, raw := range []string{`{}`, `[]`, `null`, `"x"`, `{"k": 5}`, `{"k": null}`, `{"k": "!!!!"}`, `{"k": "YQ"}`, `{"k": "YQ==\n"}`, `{"k"`, ` {"k": "-_-_"}`} {
		f.Add(raw, "")
	}
	f.Fuzz(func(t *testing.T, raw, inner string) {
		decoded, problems := task.DecodeCredentials(json.RawMessage(raw))
		if len(problems) == 0 && decoded != nil {
			for name, c := range decoded {
				for _, key := range []string{"bk_app_code", "bk_app_secret"} {
					if text, ok := c[key].(string); !ok || strings.TrimSpace(text) == "" {
						t.Errorf("credential %q passed with %s %v", name, key, c[key])
					}
				}
			}
		}

		const mark = "T0pS3cretMark"
		inner = strings.ReplaceAll(inner, "k", mark) + mark
		for _, value := range []string{inner, encode([]byte(inner)), encode([]byte(`{"bk_app_secret": "` + mark + `", ` + inner))} {
			text, err := json.Marshal(map[string]string{"name": value})
			if err != nil {
				t.Fatal(err)
			}
			_, problems := task.DecodeCredentials(text)
			for _, p := range problems {
				said := p.Code + p.Message + strings.Join(p.Path, " ") + p.NodeID
				if strings.Contains(said, mark) || strings.Contains(said, encode([]byte(mark))) {
					t.Errorf("the problem %q repeats what was sent", p.Message)
				}
			}
		}
	})
}

func TestDecodeCredentialsKeepsNumbers(t *testing.T) {
	t.Parallel()
	inner := `{"bk_app_code": "a", "bk_app_secret": "b", "rate": 1.50, "id": 9007199254740991}`
	decoded, problems := task.DecodeCredentials(json.RawMessage(`{"k": "` + base64.StdEncoding.EncodeToString([]byte(inner)) + `"}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, err := json.Marshal(decoded["k"])
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"bk_app_code":"a","bk_app_secret":"b","id":9007199254740991,"rate":1.50}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
