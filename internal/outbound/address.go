package outbound

import "net/netip"

// specials are the ranges that no public service has (the special-purpose registries
// of IANA), and the addresses at which clouds give out a machine's own secrets.
var specials = func() (made []struct {
	net  netip.Prefix
	kind string
}) {
	for _, s := range [][2]string{
		{"0.0.0.0/8", "of this network"},
		{"10.0.0.0/8", "a private address"},
		{"100.64.0.0/10", "an address behind a carrier's translation"},
		{"127.0.0.0/8", "a loopback address"},
		{"168.63.129.16/32", "an address of a cloud's own services"},
		{"169.254.0.0/16", "a link-local address"},
		{"172.16.0.0/12", "a private address"},
		{"192.0.0.0/24", "an address for protocols"},
		{"192.0.2.0/24", "an address for documentation"},
		{"192.88.99.0/24", "an address of a retired protocol"},
		{"192.168.0.0/16", "a private address"},
		{"198.18.0.0/15", "an address for measurements"},
		{"198.51.100.0/24", "an address for documentation"},
		{"203.0.113.0/24", "an address for documentation"},
		{"224.0.0.0/4", "a multicast address"},
		{"240.0.0.0/4", "a reserved address"},
		{"::1/128", "a loopback address"},
		{"fc00::/7", "a private address"},
		{"fe80::/10", "a link-local address"},
		{"ff00::/8", "a multicast address"},
		{"2001::/23", "an address for protocols"},
		{"2001:db8::/32", "an address for documentation"},
		{"2002::/16", "an address of a retired protocol"},
		{"3fff::/20", "an address for documentation"},
	} {
		made = append(made, struct {
			net  netip.Prefix
			kind string
		}{netip.MustParsePrefix(s[0]), s[1]})
	}
	return made
}()

var (
	// global is all of IPv6 that is given out to networks.
	global = netip.MustParsePrefix("2000::/3")
	// nat64 carries an IPv4 address in its last four bytes (RFC 6052).
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

// special says what makes an address one that only insiders reach, "" for a public
// one. Addresses that stand for an IPv4 address are judged as that.
func special(ip netip.Addr) string {
	ip = ip.Unmap()
	if inner := embedded(ip); inner.IsValid() {
		return special(inner)
	}
	plain := ip.WithZone("")
	for _, s := range specials {
		if s.net.Contains(plain) {
			return s.kind
		}
	}
	if ip.Is6() && !global.Contains(plain) {
		return "a reserved address"
	}
	return ""
}

// embedded is the IPv4 address inside of a NAT64 address, the zero value for others.
func embedded(ip netip.Addr) netip.Addr {
	if !ip.Is6() || !nat64.Contains(ip) {
		return netip.Addr{}
	}
	b := ip.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}
