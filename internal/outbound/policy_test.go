package outbound_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"rehearse.dev/internal/outbound"
)

// rule makes a call that must be refused and returns the error.
func refused(t *testing.T, c *outbound.Client, r outbound.Request) *outbound.Error {
	t.Helper()
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	answer, err := c.Do(t.Context(), r)
	var e *outbound.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s %s: %+v, %v", r.Method, r.URL, answer, err)
	}
	return e
}

func policy(t *testing.T, hosts, nets []string) outbound.Policy {
	t.Helper()
	p, err := outbound.ParsePolicy(hosts, nets)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNothingIsCalledThatNobodyHasAllowed(t *testing.T) {
	t.Parallel()
	e := refused(t, outbound.New(outbound.Config{}), outbound.Request{URL: "https://api.example.com/x?token=hidden"})
	if e.Rule != outbound.RuleHost || e.Sent || !strings.Contains(e.Error(), "--allow-host") || strings.Contains(e.Error(), "hidden") {
		t.Errorf("%+v", e)
	}
}

func TestHostsAreMatchedExactly(t *testing.T) {
	t.Parallel()
	// Allowed hosts get as far as their address, which is refused: nothing leaves.
	c := outbound.New(outbound.Config{
		Policy:   policy(t, []string{"One.test", "two.test:8080", "*.three.test", "localhost"}, nil),
		Resolver: answering(t, "127.0.0.1"),
	})
	for url, want := range map[string]outbound.Rule{
		"http://one.test/":          outbound.RuleAddress,
		"https://ONE.test.:9/":      outbound.RuleAddress,
		"http://two.test:8080":      outbound.RuleAddress,
		"http://two.test":           outbound.RuleHost,
		"http://a.three.test":       outbound.RuleAddress,
		"http://a.b.three.test":     outbound.RuleAddress,
		"http://three.test":         outbound.RuleHost,
		"http://athree.test":        outbound.RuleHost,
		"http://one.test.evil.test": outbound.RuleHost,
		"http://xone.test":          outbound.RuleHost,
		"http://localhost":          outbound.RuleAddress,
		"http://127.0.0.1":          outbound.RuleHost,
		"http://[::1]":              outbound.RuleHost,
		"ftp://one.test":            outbound.RuleURL,
		"one.test":                  outbound.RuleURL,
		"//one.test":                outbound.RuleURL,
		"http:one.test":             outbound.RuleURL,
		"http://u:p@one.test":       outbound.RuleURL,
		"http://one.test@evil.test": outbound.RuleURL,
		"http://one.test:0":         outbound.RuleURL,
		"http://one.test:99999":     outbound.RuleURL,
		"http://one test":           outbound.RuleURL,
		"http://önе.test":           outbound.RuleURL,
		"http://":                   outbound.RuleURL,
		"http://one.test\r\nX: y":   outbound.RuleURL,
		"":                          outbound.RuleURL,
	} {
		if e := refused(t, c, outbound.Request{URL: url}); e.Rule != want || e.Sent {
			t.Errorf("%q: %s, %s", url, e.Rule, e.Message)
		}
	}
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, ip := range []string{
		"127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"100.100.100.200", "168.63.129.16", "0.0.0.0", "0.1.2.3", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
		"224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254",
		"ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "100::1", "4000::1",
	} {
		c := outbound.New(outbound.Config{Policy: policy(t, []string{"name.test"}, nil), Resolver: answering(t, ip)})
		e := refused(t, c, outbound.Request{URL: "http://name.test:1/"})
		if e.Rule != outbound.RuleAddress || e.Sent || !strings.Contains(e.Error(), "--allow-net") {
			t.Errorf("%s: %+v", ip, e)
		}
	}
}

func TestAllowedNetsAndLiteralsAreCalled(t *testing.T) {
	t.Parallel()
	server, calls := counting(t)
	port := server.port
	for name, c := range map[string]struct {
		hosts, nets []string
		url         string
		want        outbound.Rule
	}{
		"net":                   {[]string{"name.test"}, []string{"127.0.0.0/8"}, "http://name.test:" + port, ""},
		"other net":             {[]string{"name.test"}, []string{"10.0.0.0/8"}, "http://name.test:" + port, outbound.RuleAddress},
		"literal":               {[]string{"127.0.0.1"}, nil, "http://127.0.0.1:" + port, ""},
		"literal and port":      {[]string{"127.0.0.1:" + port}, nil, "http://127.0.0.1:" + port, ""},
		"literal, other port":   {[]string{"127.0.0.1:1"}, nil, "http://127.0.0.1:" + port, outbound.RuleHost},
		"mapped literal":        {[]string{"127.0.0.1"}, nil, "http://[::ffff:127.0.0.1]:" + port, ""},
		"name of a literal":     {[]string{"name.test", "127.0.0.1"}, nil, "http://name.test:" + port, ""},
		"literal is not a name": {[]string{"*.0.0.1"}, nil, "http://127.0.0.1:" + port, outbound.RuleHost},
	} {
		t.Run(name, func(t *testing.T) {
			client := outbound.New(outbound.Config{Policy: policy(t, c.hosts, c.nets), Resolver: answering(t, "127.0.0.1")})
			before := calls.Load()
			answer, err := client.Do(t.Context(), outbound.Request{Method: http.MethodGet, URL: c.url})
			var e *outbound.Error
			switch {
			case c.want == "" && (err != nil || answer.Status != http.StatusOK || calls.Load() != before+1):
				t.Errorf("%+v, %v", answer, err)
			case c.want != "" && (!errors.As(err, &e) || e.Rule != c.want || calls.Load() != before):
				t.Errorf("%+v, %v", answer, err)
			}
		})
	}
}

// A name that is public when it is looked at and private when it is dialed.
func TestRebindingGainsNothing(t *testing.T) {
	t.Parallel()
	server, calls := counting(t)
	client := outbound.New(outbound.Config{Policy: policy(t, []string{"name.test"}, nil), Resolver: answering(t, "192.0.2.1", "127.0.0.1")})
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := client.Do(ctx, outbound.Request{Method: http.MethodGet, URL: "http://name.test:" + server.port})
		cancel()
		var e *outbound.Error
		if !errors.As(err, &e) || e.Rule != outbound.RuleAddress {
			t.Errorf("%v", err)
		}
	}
	if calls.Load() != 0 {
		t.Error("the private address was called")
	}
}

func TestEntriesThatCannotBeReadAreNamed(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"", "*", "*example.com", "a.*.com", "http://a.test", "a.test/x", "a.test:http", "a.test:0", "a.test:70000", "a b", "u@a.test", "a..b"} {
		if _, err := outbound.ParsePolicy([]string{host}, nil); err == nil {
			t.Errorf("host %q is taken", host)
		}
	}
	for _, network := range []string{"", "10.0.0.1", "10.0.0.0/33", "localhost"} {
		if _, err := outbound.ParsePolicy(nil, []string{network}); err == nil || !strings.Contains(err.Error(), "CIDR") {
			t.Errorf("net %q: %v", network, err)
		}
	}
	policy(t, []string{"a.test", "A.test.", "*.a.test:443", "10.0.0.1", "10.0.0.1:80", "::1", "[::1]:8080", "a_b.test"}, []string{"10.0.0.0/8", "fd00::/8"})
}

func TestHeadersThatChangeTheConnectionAreRefused(t *testing.T) {
	t.Parallel()
	server, calls := counting(t)
	c := server.client(t)
	many := http.Header{}
	for range 101 {
		many.Add("X-Many", "v")
	}
	for name, h := range map[string]http.Header{
		"host":       {"Host": {"evil.test"}},
		"length":     {"content-length": {"5"}},
		"encoding":   {"Transfer-Encoding": {"chunked"}},
		"expect":     {"Expect": {"100-continue"}},
		"line break": {"X-A": {"a\r\nX-B: hidden"}},
		"nul":        {"X-A": {"hidden\x00"}},
		"name":       {"X A": {"v"}},
		"many":       many,
		"long":       {"X-A": {strings.Repeat("a", 40<<10)}},
	} {
		e := refused(t, c, outbound.Request{URL: server.url, Header: h})
		if e.Rule != outbound.RuleHeader || strings.Contains(e.Error(), "hidden") {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, method := range []string{"", "CONNECT", "TRACE", "GET /\r\n"} {
		if _, err := c.Do(t.Context(), outbound.Request{Method: method, URL: server.url}); err == nil {
			t.Errorf("method %q is taken", method)
		}
	}
	if calls.Load() != 0 {
		t.Error("something was sent")
	}
}
