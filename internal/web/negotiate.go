package web

import (
	"strconv"
	"strings"
)

// Content codings, as in RFC 9110, section 8.4.1, and RFC 8878.
const (
	Brotli   = "br"
	Gzip     = "gzip"
	Zstd     = "zstd"
	Identity = "identity"
)

// Negotiate picks the coding that the values of the Accept-Encoding header rate
// highest, among those that are offered; if several share that rating, the one that is
// offered first (RFC 9110, section 12.5.3). Without the header, or if nothing suits,
// it is Identity, which every client can read.
func Negotiate(header []string, offered ...string) string {
	rated := ratings(strings.Join(header, ","))
	best, bestQ := Identity, 0.0
	if q, ok := rated[Identity]; ok {
		bestQ = q
	}
	for _, coding := range offered {
		q, ok := rated[coding]
		if !ok {
			q = rated["*"]
		}
		if q > bestQ || q == bestQ && q > 0 && best == Identity {
			best, bestQ = coding, q
		}
	}
	return best
}

// ratings reads "br;q=0.9, gzip" as {"br": 0.9, "gzip": 1}. An unreadable
// rating counts as zero: better to send a larger answer than one that the
// client cannot read.
func ratings(header string) map[string]float64 {
	rated := make(map[string]float64)
	for item := range strings.SplitSeq(header, ",") {
		coding, params, weighted := strings.Cut(item, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding == "" {
			continue
		}
		rated[coding] = 1
		if weighted {
			rated[coding] = weight(params)
		}
	}
	return rated
}

func weight(params string) float64 {
	name, value, _ := strings.Cut(params, "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 0
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) { // also refuses NaN
		return 0
	}
	return q
}
