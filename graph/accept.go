package graph

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Media types of answers. Both are UTF-8, and say so.
const (
	typeJSON     = "application/json; charset=utf-8"
	typeResponse = "application/graphql-response+json; charset=utf-8"
	typeEvents   = "text/event-stream"
)

// preference is how a request rates one media type: the rating of the range that
// fits it best (RFC 9110, section 12.5.1).
type preference struct {
	q       float64
	precise int // 3 for the type itself, 2 for its family, 1 for */*, 0 for nothing
}

// accepts returns how the request rates the media types, which have no parameters.
func accepts(r *http.Request, types ...string) []preference {
	rated := make([]preference, len(types))
	for _, header := range r.Header.Values("Accept") {
		for item := range strings.SplitSeq(header, ",") {
			named, q, ok := rating(item)
			if !ok {
				continue
			}
			for i, media := range types {
				precise := fit(named, media)
				if precise > rated[i].precise || precise > 0 && precise == rated[i].precise && q > rated[i].q {
					rated[i] = preference{q, precise}
				}
			}
		}
	}
	return rated
}

// rating reads one item of an Accept header.
func rating(item string) (named string, q float64, ok bool) {
	named, params, err := mime.ParseMediaType(item)
	if err != nil {
		return "", 0, false
	}
	if charset, given := params["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return "", 0, false
	}
	q = 1
	if text, given := params["q"]; given {
		if q, err = strconv.ParseFloat(text, 64); err != nil || !(q >= 0 && q <= 1) { // also refuses NaN
			return "", 0, false
		}
	}
	return named, q, true
}

// fit says how precisely a media range names a media type, 0 if it does not.
func fit(named, media string) int {
	switch family, _, _ := strings.Cut(media, "/"); named {
	case media:
		return 3
	case family + "/*":
		return 2
	case "*/*":
		return 1
	}
	return 0
}

// answerType picks the media type of an answer; ok is false when none is acceptable.
// Of two that are rated alike, the GraphQL one is taken if it is named: whoever only
// says that anything will do gets JSON, and the status 200 that old clients expect.
func answerType(r *http.Request) (media string, ok bool) {
	if len(r.Header.Values("Accept")) == 0 {
		return typeJSON, true
	}
	rated := accepts(r, "application/json", "application/graphql-response+json")
	plain, response := rated[0], rated[1]
	switch {
	case response.q > 0 && (response.q > plain.q || response.q == plain.q && response.precise == 3):
		return typeResponse, true
	case plain.q > 0:
		return typeJSON, true
	}
	return typeJSON, false
}

// wantsEvents reports whether the request asks for a stream: it names event streams
// and rates JSON lower, or does not name it at all.
func wantsEvents(r *http.Request) bool {
	rated := accepts(r, typeEvents, "application/json", "application/graphql-response+json")
	events := rated[0]
	if events.precise != 3 || events.q == 0 {
		return false
	}
	for _, other := range rated[1:] {
		if other.precise == 3 && other.q >= events.q {
			return false
		}
	}
	return true
}
