package e2e

import (
	"strings"
	"testing"
)

// A page of another site can point its own name at this machine; its requests then
// have that name as their host.
func TestADevelopmentServerRefusesForeignHosts(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil, "--dev")
	port := s.url[strings.LastIndex(s.url, ":"):]
	for host, want := range map[string]int{
		"127.0.0.1" + port: 200, "localhost" + port: 200, "localhost": 200, "[::1]" + port: 200,
		"evil.example" + port: 403, "evil.example": 403, "localhost.evil.example": 403, "127.0.0.1.nip.io" + port: 403, "10.0.0.1" + port: 403,
	} {
		page := send(t, "GET", s.url+"/", "", "Host", host)
		api := s.post(t, listTemplates, nil, "Host", host)
		if page.status != want || api.status != want {
			t.Errorf("%s: page %d, api %d, want %d", host, page.status, api.status, want)
		}
		if want == 403 && (strings.Contains(page.body, "secret") || strings.Contains(api.body, "refund")) {
			t.Errorf("%s: the refusal tells: %s%s", host, page.body, api.body)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if a := send(t, "GET", s.url+path, "", "Host", "any.example"); a.status != 200 || a.body != want {
			t.Errorf("%s: %d %q", path, a.status, a.body)
		}
		if a := send(t, "POST", s.url+path, ""); a.status < 400 {
			t.Errorf("POST %s: %d", path, a.status)
		}
	}
	if a := send(t, "GET", s.url+"/nothing", ""); a.status != 404 {
		t.Errorf("unknown path: %d", a.status)
	}
}
