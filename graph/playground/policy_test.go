package playground

import (
	"strings"
	"testing"
)

func TestPolicyNamesNoOtherHost(t *testing.T) {
	t.Parallel()
	got := policy(Config{Endpoint: "/graphql", SubscriptionEndpoint: "./live"})
	if strings.Contains(got, "//") || strings.Contains(got, "*") {
		t.Errorf("a host in %s", got)
	}
	for _, rule := range []string{
		"default-src 'none'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
	} {
		if !contains(got, rule) {
			t.Errorf("no rule %q in %s", rule, got)
		}
	}
	if strings.Contains(got, "unsafe-eval") || contains(got, "script-src 'self' 'unsafe-inline'") {
		t.Errorf("scripts are not confined in %s", got)
	}
}

func TestPolicyAllowsTheConfiguredHosts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, endpoint, subscriptions, want string }{
		{"same host", "/graphql", "", "connect-src 'self'"},
		{"https", "https://api.example.com/graphql", "", "connect-src 'self' https://api.example.com wss://api.example.com"},
		{"port", "/graphql", "ws://10.0.0.5:8080/live", "connect-src 'self' http://10.0.0.5:8080 ws://10.0.0.5:8080"},
		{"rule in the host", "https://a;script-src%20*/", "", "connect-src 'self'"},
		{"quote in the host", "https://a'unsafe-eval'/", "", "connect-src 'self'"},
		{"wildcard", "https://*/graphql", "", "connect-src 'self'"},
		{"line break", "https://a\nb/", "", "connect-src 'self'"},
		{"user in the address", "https://user:secret@api.example.com/", "", "connect-src 'self' https://api.example.com wss://api.example.com"},
		{"other scheme", "javascript://api.example.com/", "", "connect-src 'self'"},
		{"no scheme", "//api.example.com/graphql", "", "connect-src 'self'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := policy(Config{Endpoint: tc.endpoint, SubscriptionEndpoint: tc.subscriptions})
			if !contains(got, tc.want) {
				t.Errorf("no rule %q in %s", tc.want, got)
			}
		})
	}
}

// contains tells whether rule is one whole rule of the policy.
func contains(policy, rule string) bool {
	for part := range strings.SplitSeq(policy, "; ") {
		if part == rule {
			return true
		}
	}
	return false
}
