package render

import (
	"strconv"
	"time"
	"unicode/utf8"

	"rehearse.dev/graph/scalar"
)

const hex = "0123456789abcdef"

// appendText appends s as a JSON string.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(append(b, s[start:i]...), `\ufffd`...)
		} else {
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// appendID appends a global id, which the API shows as text.
func appendID(b []byte, id int) []byte {
	b = append(b, '"')
	b = strconv.AppendInt(b, int64(id), 10)
	return append(b, '"')
}

func appendNull(b []byte) []byte { return append(b, "null"...) }

func appendTextOrNull(b []byte, s *string) []byte {
	if s == nil {
		return appendNull(b)
	}
	return appendText(b, *s)
}

func appendIDOrNull(b []byte, id *int) []byte {
	if id == nil {
		return appendNull(b)
	}
	return appendID(b, *id)
}

func appendTimeOrNull(b []byte, t *time.Time) []byte {
	if t == nil {
		return appendNull(b)
	}
	return scalar.AppendTime(b, *t)
}

func appendRaw(b, raw []byte) []byte {
	if len(raw) == 0 {
		return appendNull(b)
	}
	return append(b, raw...)
}
