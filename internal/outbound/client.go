// Package outbound makes the HTTP calls that nodes of flows ask for, carefully: only
// to hosts that the configuration allows, only to addresses that are not private,
// never twice, and never longer or larger than it was told.
//
// Whoever writes a flow decides where it calls, and the server stands inside of a
// network that those people are outside of. So everything is refused that nobody has
// allowed. The package knows nothing of plugins, tasks and credentials, and puts no
// header and no body into an error.
package outbound

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"
)

// Limits of one call when Config names none.
const (
	// DefaultTimeout is for the whole call, redirects included.
	DefaultTimeout = 60 * time.Second
	// DefaultMaxBody is how many bytes an answer may have.
	DefaultMaxBody = 1 << 20
	// MaxRedirects is how many redirects are followed.
	MaxRedirects = 5

	dialTimeout       = 10 * time.Second
	maxResponseHeader = 64 << 10
)

// Config says what may be called, and how much of it.
type Config struct {
	Policy Policy
	// Timeout is the longest time of a call, DefaultTimeout if it is zero.
	Timeout time.Duration
	// MaxBody is the largest answer in bytes, DefaultMaxBody if it is zero.
	MaxBody int64
	// Transport changes the transport before it is used; tests trust their own
	// certificates with it. It must leave dialing alone.
	Transport func(*http.Transport)
	// Resolver looks names up; nil is the system's.
	Resolver *net.Resolver
}

// Request is one call.
type Request struct {
	Method, URL string
	Header      http.Header
	// Body is sent as it is; nil sends none.
	Body []byte
}

// Response is an answer that came in whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Client makes calls. It is safe for concurrent use and keeps no connection open.
type Client struct {
	policy  Policy
	http    *http.Client
	timeout time.Duration
	maxBody int64
}

// New makes a Client.
func New(c Config) *Client {
	client := &Client{policy: c.Policy, timeout: c.Timeout, maxBody: c.MaxBody}
	if client.timeout <= 0 {
		client.timeout = DefaultTimeout
	}
	if client.maxBody <= 0 {
		client.maxBody = DefaultMaxBody
	}
	dialer := &net.Dialer{
		Timeout: dialTimeout, Resolver: c.Resolver,
		// Control sees the address that the connection really goes to, after every look-up:
		// a name that resolves to another address the second time gains nothing.
		Control: func(_, address string, _ syscall.RawConn) error { return client.policy.checkAddress(address) },
	}
	// net/http sends a request again by itself when a connection that it had kept open
	// turns out to be closed. With one connection per call there is nothing to keep, and
	// HTTP/1.1 alone has no refused streams: what is sent, is sent once.
	transport := &http.Transport{
		DialContext: dialer.DialContext, Proxy: nil,
		DisableKeepAlives: true, DisableCompression: true, Protocols: new(http.Protocols),
		TLSHandshakeTimeout: dialTimeout, MaxResponseHeaderBytes: maxResponseHeader,
	}
	transport.Protocols.SetHTTP1(true)
	if c.Transport != nil {
		c.Transport(transport)
	}
	client.http = &http.Client{Transport: transport, CheckRedirect: sameOrigin}
	return client
}

// Do makes one call and reads the whole answer, whatever its status. Every error is
// an *Error that says which rule refused the call or what failed; Error.Sent says
// whether the other side may have seen it. The call ends when ctx does.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	target, err := c.policy.checkURL(r.URL)
	if err != nil {
		return nil, err
	}
	if err := checkHeader(r.Method, r.Header); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	request, err := http.NewRequestWithContext(ctx, r.Method, target, body(r.Body))
	if err != nil {
		return nil, refuse(RuleURL, "the URL or the method cannot be used")
	}
	request.Header = r.Header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if request.Header.Get("Accept-Encoding") == "" {
		request.Header.Set("Accept-Encoding", "identity")
	}
	answer, err := c.http.Do(request)
	if err != nil {
		failure := explain(ctx, err, sent.Load())
		if answer != nil { // a redirect that was not followed; its body is closed
			failure.Status = answer.StatusCode
		}
		return nil, failure
	}
	defer answer.Body.Close()
	read, err := c.read(answer)
	if err != nil {
		failure := explain(ctx, err, true)
		failure.Status = answer.StatusCode
		return nil, failure
	}
	return &Response{Status: answer.StatusCode, Header: answer.Header, Body: read}, nil
}

// body is nil for no body, so that none is announced.
func body(b []byte) io.Reader {
	if b == nil {
		return nil
	}
	return bytes.NewReader(b)
}
