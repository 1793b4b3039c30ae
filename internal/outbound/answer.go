package outbound

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// read takes the body in, at most maxBody bytes of it, as they come and unpacked.
func (c *Client) read(answer *http.Response) ([]byte, error) {
	from := io.Reader(answer.Body)
	switch coding := strings.ToLower(strings.TrimSpace(answer.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
	case "gzip", "x-gzip":
		if answer.Request.Method == http.MethodHead {
			break
		}
		unpacked, err := gzip.NewReader(io.LimitReader(answer.Body, c.maxBody+1))
		if err != nil {
			return nil, failed(RuleAnswer, "the answer says that it is gzip and is not")
		}
		from = unpacked
	default:
		return nil, failed(RuleAnswer, "the answer is packed in a way that nobody asked for")
	}
	read, err := io.ReadAll(io.LimitReader(from, c.maxBody+1))
	if int64(len(read)) > c.maxBody {
		return nil, failed(RuleSize, fmt.Sprintf("the answer has more than %d bytes", c.maxBody))
	}
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return nil, failed(RuleAnswer, "the answer says that it is gzip and is broken")
	}
	return read, err
}

// sameOrigin lets a redirect be followed within one scheme, host and port, a few
// times. net/http keeps method and body for 307 and 308 only, and turns every other
// POST into a GET without a body.
func sameOrigin(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > MaxRedirects {
		return failed(RuleRedirect, fmt.Sprintf("more than %d redirects", MaxRedirects))
	}
	if next.URL.User != nil || next.URL.Scheme != first.Scheme ||
		!strings.EqualFold(next.URL.Hostname(), first.Hostname()) || port(next.URL) != port(first) {
		return failed(RuleRedirect, "the answer redirects to another scheme, host or port, which is not followed")
	}
	// The address of the page before is nobody's business: it may hold a secret.
	next.Header.Del("Referer")
	return nil
}
