package outbound

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Policy is what the configuration allows. The zero value allows nothing.
type Policy struct {
	hosts []allowed
	nets  []netip.Prefix
}

// allowed is one entry of --allow-host.
type allowed struct {
	// host is a name in lower case, or the suffix ".example.com" of one that begins
	// with a star. ip is set instead for a literal.
	host string
	ip   netip.Addr
	port string // "" for all
}

// ParsePolicy reads the entries of --allow-host and --allow-net. A host is a name, a
// name below a star such as *.example.com (which means every name below it and not
// itself) or an IP literal, with a port behind a colon or without one, which means
// every port. A net is a CIDR. The error names the entry that cannot be read.
func ParsePolicy(hosts, nets []string) (Policy, error) {
	var p Policy
	for _, entry := range hosts {
		a, err := parseHost(strings.TrimSpace(entry))
		if err != nil {
			return Policy{}, fmt.Errorf("the host %q: %w", entry, err)
		}
		p.hosts = append(p.hosts, a)
	}
	for _, entry := range nets {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(entry))
		if err != nil {
			return Policy{}, fmt.Errorf("the net %q is not a CIDR such as 10.1.0.0/16", entry)
		}
		p.nets = append(p.nets, prefix.Masked())
	}
	return p, nil
}

func parseHost(entry string) (allowed, error) {
	if ip, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		return allowed{ip: ip.Unmap()}, nil
	}
	host, port := entry, ""
	if at := strings.LastIndexByte(entry, ':'); at >= 0 {
		h, p, err := net.SplitHostPort(entry)
		if err != nil {
			return allowed{}, fmt.Errorf("this is not HOST or HOST:PORT")
		}
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return allowed{}, fmt.Errorf("the port %q is not a number from 1 to 65535", p)
		}
		host, port = h, p
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return allowed{ip: ip.Unmap(), port: port}, nil
	}
	host = plainHost(host)
	name, wild := strings.CutPrefix(host, "*")
	if wild && !strings.HasPrefix(name, ".") {
		return allowed{}, fmt.Errorf("a star stands alone before a dot, as in *.example.com")
	}
	if bare := strings.TrimPrefix(name, "."); !isName(bare) {
		return allowed{}, fmt.Errorf("this is not the name of a host")
	}
	return allowed{host: name, port: port}, nil
}

// isName tells whether a host can be a name: letters, digits, hyphens and
// underscores, with dots between them. Names in other alphabets are written in their
// xn-- form.
func isName(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
				return false
			}
		}
	}
	return len(host) <= 253
}

// plainHost is a host as it is compared: in lower case, without the dot of the root.
func plainHost(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// checkURL refuses an address that may not be called, and gives back the one to call.
// Nothing is resolved yet: see checkAddress.
func (p Policy) checkURL(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil:
		return "", refuse(RuleURL, "the URL cannot be read")
	case u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "":
		return "", refuse(RuleURL, "the URL must begin with http:// or https://")
	case u.User != nil:
		return "", refuse(RuleURL, "the URL must not hold a user name or a password")
	}
	host := plainHost(u.Hostname())
	ip, err := netip.ParseAddr(host)
	if err != nil && !isName(host) {
		return "", refuse(RuleURL, "the URL names no host, or one that is not written in plain letters")
	}
	if n, err := strconv.ParseUint(port(u), 10, 16); err != nil || n == 0 {
		return "", refuse(RuleURL, "the port of the URL is not a number from 1 to 65535")
	}
	for _, a := range p.hosts {
		if a.takes(host, ip.Unmap(), port(u)) {
			u.Fragment = ""
			return u.String(), nil
		}
	}
	return "", refuse(RuleHost, "%s is not a host that this server may call: it is started with --allow-host for each one",
		net.JoinHostPort(u.Hostname(), port(u)))
}

// takes tells whether an entry covers a host and port. The ip is the zero value for
// names.
func (a allowed) takes(host string, ip netip.Addr, port string) bool {
	switch {
	case a.port != "" && a.port != port:
		return false
	case a.ip.IsValid():
		return a.ip == ip
	case strings.HasPrefix(a.host, "."):
		return !ip.IsValid() && len(host) > len(a.host) && strings.HasSuffix(host, a.host)
	}
	return !ip.IsValid() && a.host == host
}

// port is the port that a URL means.
func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// checkAddress refuses a connection to an address that is neither public nor allowed.
func (p Policy) checkAddress(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return refuse(RuleAddress, "the host's address cannot be read")
	}
	ip := at.Addr().Unmap()
	for _, a := range p.hosts {
		if a.ip == ip && a.takes("", ip, strconv.Itoa(int(at.Port()))) {
			return nil
		}
	}
	inner := embedded(ip)
	for _, n := range p.nets {
		if n.Contains(ip) || n.Contains(inner) {
			return nil
		}
	}
	if kind := special(ip); kind != "" {
		return refuse(RuleAddress, "%s is %s, which this server may not call: it is started with --allow-net for such nets", ip, kind)
	}
	return nil
}

// Limits of what is sent.
const (
	maxHeaders     = 100
	maxHeaderBytes = 32 << 10
)

// connectionHeaders belong to the connection or to the transport.
var connectionHeaders = map[string]bool{
	"Connection": true, "Content-Length": true, "Expect": true, "Host": true, "Keep-Alive": true, "Proxy-Authorization": true,
	"Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
}

// checkHeader refuses what could not be sent as it stands, would start a header of
// its own or change what the request means to servers on the way.
func checkHeader(method string, h http.Header) error {
	if !isToken(method) || method == http.MethodConnect || method == http.MethodTrace {
		return refuse(RuleURL, "the method cannot be used")
	}
	total, count := 0, 0
	for name, values := range h {
		switch {
		case !isToken(name):
			return refuse(RuleHeader, "a header has a name that cannot be sent")
		case connectionHeaders[http.CanonicalHeaderKey(name)]:
			return refuse(RuleHeader, "the header %s is not a flow's to set", http.CanonicalHeaderKey(name))
		}
		for _, v := range values {
			total, count = total+len(name)+len(v), count+1
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return refuse(RuleHeader, "the header %s holds a line break or another control character", name)
			}
		}
	}
	if count > maxHeaders || total > maxHeaderBytes {
		return refuse(RuleHeader, "at most %d headers with %d bytes can be sent", maxHeaders, maxHeaderBytes)
	}
	return nil
}

// isToken tells whether a text is a token of RFC 9110 §5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 256
}
