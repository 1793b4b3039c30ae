package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/cors"
)

// preflightAge is how long a browser may remember that a page may call. Browsers
// shorten it to what they allow.
const preflightAge = 2 * time.Hour

// Origins are the sites whose pages may call this server. The zero value is none.
type Origins struct {
	named []string
	any   bool
}

// ParseOrigins reads origins as browsers write them, such as https://a.example:8443;
// "*" alone stands for every site. Its errors name the value.
func ParseOrigins(values []string) (Origins, error) {
	var o Origins
	for _, value := range values {
		if value == "*" {
			o.any = true
			continue
		}
		if err := checkOrigin(value); err != nil {
			return Origins{}, err
		}
		o.named = append(o.named, value)
	}
	if o.any && len(o.named) > 0 {
		return Origins{}, fmt.Errorf("%q allows every site, so that %q has no meaning beside it", "*", o.named[0])
	}
	return o, nil
}

// checkOrigin refuses what no browser would send, because it would never match.
func checkOrigin(value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("%q is not an origin such as https://a.example", value)
	}
	plain := strings.ToLower(u.Scheme + "://" + u.Host)
	if u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		plain = strings.TrimSuffix(plain, ":"+u.Port())
	}
	if value != plain || strings.ContainsAny(u.Host, "*") {
		return fmt.Errorf("%q is not an origin as browsers send it, such as https://a.example: in lower case, without path, usual port or pattern", value)
	}
	return nil
}

// Allows reports whether pages of the origin may call.
func (o Origins) Allows(origin string) bool { return o.any || slices.Contains(o.named, origin) }

// Share answers preflights for a handler and lets browsers show its answers to pages of
// these origins, with the given headers. Browsers may send cookies along from named
// origins only. Without origins it returns the handler as it is.
func (o Origins) Share(next http.Handler, methods, accepted, exposed []string) http.Handler {
	if !o.any && len(o.named) == 0 {
		return next
	}
	options := cors.Options{
		AllowedOrigins: o.named, AllowedMethods: methods, AllowedHeaders: accepted, ExposedHeaders: exposed,
		AllowCredentials: true, MaxAge: int(preflightAge / time.Second),
	}
	if o.any {
		options.AllowedOrigins, options.AllowCredentials = []string{"*"}, false
	}
	return cors.New(options).Handler(next)
}
