package e2e

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestLogsTellRequestsApartAndHoldNoSecret(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"text", "json"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			s := serve(t, t.TempDir(), nil, "--dev", "--log", form)
			var auth struct {
				Secret string `json:"bk_app_secret"`
			}
			if err := json.Unmarshal([]byte(s.header), &auth); err != nil || auth.Secret == "" {
				t.Fatal(err)
			}
			input := refund(templateID(t, s, "refund an order"), "quiet-task-name")
			input["credentials"] = map[string]any{
				"gateway": base64.StdEncoding.EncodeToString([]byte(`{"bk_app_code": "c0de", "bk_app_secret": "hidden-secret"}`)),
			}
			create(t, s, map[string]any{"input": input})
			for _, body := range []string{`{"query": "{ quiet-broken"}`, `{"query": 7}`, `quiet-no-json`} {
				send(t, "POST", s.url+"/graphql", body, "Content-Type", "application/json", "X-Bkapi-Authorization", s.header)
			}
			send(t, "POST", s.url+"/graphql", `{}`, "Content-Type", "application/json", "X-Bkapi-Authorization", `{"bk_app_code":"demo","bk_app_secret":"hidden-guess"}`)
			send(t, "GET", s.url+"/healthz?token=hidden-query", "")

			mine := s.post(t, listTemplates, nil, "X-Request-Id", "mine-1")
			if id := mine.header.Get("X-Request-Id"); id != "mine-1" {
				t.Errorf("the id came back as %q", id)
			}
			s.err.match(t, `\bmine-1\b`)
			s.stop(t)

			log := s.err.text()
			for _, secret := range []string{auth.Secret, "hidden-", "bk_app_secret", "quiet-", "createMockTask", "nodes {", goodKey} {
				if strings.Contains(log, secret) {
					t.Errorf("the log holds %q", secret)
				}
			}
			requests := 0
			for line := range strings.SplitSeq(log, "\n") {
				isRequest := strings.Contains(line, "/graphql") || strings.Contains(line, "/healthz")
				if isRequest {
					requests++
				}
				if isRequest != strings.Contains(line, "request_id") {
					t.Errorf("line %s", line)
				}
				if form == "json" {
					structured(t, line)
				}
			}
			if requests != 8 {
				t.Errorf("%d lines of requests, want one for each of 8", requests)
			}
		})
	}
}

func structured(t *testing.T, line string) {
	t.Helper()
	var entry struct {
		Time       time.Time
		Level, Msg string
		Status     *int
	}
	if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Level == "" || entry.Msg == "" {
		t.Errorf("%v: %s", err, line)
	}
	within(t, entry.Time)
	if (entry.Msg == "request") != (entry.Status != nil) {
		t.Errorf("no status: %s", line)
	}
}

func TestRequestIDsOfStrangersAreNotTrusted(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	seen := map[string]bool{}
	for _, bad := range []string{"", "two words", strings.Repeat("x", 65), "é"} {
		id := send(t, "GET", s.url+"/healthz", "", "X-Request-Id", bad).header.Get("X-Request-Id")
		if id == "" || id == bad || seen[id] {
			t.Errorf("%q became %q", bad, id)
		}
		seen[id] = true
	}
}
