package playground

import (
	"strconv"
	"strings"
)

// Content codings, as in RFC 9110, section 8.4.1.
const (
	encBrotli   = "br"
	encGzip     = "gzip"
	encIdentity = "identity"
)

// negotiate picks the coding that the Accept-Encoding header rates highest, and
// the smallest one if several share that rating (RFC 9110, section 12.5.3).
// Without the header, or if nothing suits, it is identity, which every client
// can read.
func negotiate(header []string) string {
	rated := ratings(strings.Join(header, ","))
	best, bestQ := encIdentity, 0.0
	if q, ok := rated[encIdentity]; ok {
		bestQ = q
	}
	for _, enc := range []string{encGzip, encBrotli} {
		q, ok := rated[enc]
		if !ok {
			q = rated["*"]
		}
		if q > 0 && q >= bestQ {
			best, bestQ = enc, q
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
