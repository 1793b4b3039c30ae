package scalar

import (
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"rehearse.dev/internal/fault"
)

// timeLayout shows microseconds, as the contract's sample does.
const timeLayout = "2006-01-02T15:04:05.999999Z07:00"

var errTime = fault.Newf(fault.CodeInvalid, "a Time must be RFC 3339 text such as 2026-01-02T15:04:05Z")

// AppendTime appends t in UTC as quoted RFC 3339 text.
func AppendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, timeLayout)
	return append(b, '"')
}

// MarshalTime writes t in UTC as RFC 3339 text.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = w.Write(AppendTime(make([]byte, 0, len(timeLayout)+2), t))
	})
}

// UnmarshalTime reads RFC 3339 text with any offset; anything else is a
// fault.CodeInvalid.
func UnmarshalTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, errTime
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errTime
	}
	return t.UTC(), nil
}
