package playground

import (
	"net/url"
	"regexp"
	"strings"
)

// plainHost is the only kind of host that policy copies into a header: with a
// space, semicolon or quote in it an address could add rules of its own.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]+)?$`)

// policy is the Content-Security-Policy for cfg: everything from this server,
// plus connections to the hosts that cfg names.
func policy(cfg Config) string {
	connect := []string{"'self'"} // includes ws: and wss: of the same host
	for _, address := range []string{cfg.Endpoint, cfg.SubscriptionEndpoint} {
		connect = append(connect, origins(address)...)
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"worker-src 'self'",
		"style-src 'self' 'unsafe-inline'", // Monaco positions its lines with style attributes
		"img-src 'self' data:",
		"font-src 'self' data:",
		"connect-src " + strings.Join(connect, " "),
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// origins lists what the page opens for an absolute address: the address
// itself and its WebSocket twin. A relative address needs none.
func origins(address string) []string {
	u, err := url.Parse(address)
	if err != nil || !plainHost.MatchString(u.Host) {
		return nil
	}
	switch u.Scheme {
	case "http", "ws":
		return []string{"http://" + u.Host, "ws://" + u.Host}
	case "https", "wss":
		return []string{"https://" + u.Host, "wss://" + u.Host}
	default:
		return nil
	}
}
