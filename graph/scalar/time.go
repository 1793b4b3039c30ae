package scalar

import (
	"fmt"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// timeLayout shows microseconds, as the contract's sample does.
const timeLayout = "2006-01-02T15:04:05.999999Z07:00"

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

// UnmarshalTime reads RFC 3339 text with any offset.
func UnmarshalTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("Time must be RFC 3339 text such as 2026-01-02T15:04:05Z")
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("Time must be RFC 3339 text such as 2026-01-02T15:04:05Z")
	}
	return t.UTC(), nil
}
