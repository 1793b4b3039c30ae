package expr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDigits is the longest whole number that Decode takes: the limit that
// Python itself sets on the conversion between text and int.
const maxDigits = 4300

// maxNesting is the deepest nesting of arrays and objects that Decode takes.
const maxNesting = 500

// Decode reads one JSON text into values: whole numbers become int64 (or
// *big.Int beyond it), numbers with a point or an exponent float64, objects
// *Dict in the order of the text. The error says what is wrong with the JSON.
func Decode(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	v, err := decodeValue(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("extra data after the JSON value")
	}
	return v, nil
}

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if depth > maxNesting {
		return nil, fmt.Errorf("JSON is nested deeper than %d", maxNesting)
	}
	switch t := tok.(type) {
	case json.Delim:
		if t == '[' {
			return decodeList(dec, depth)
		}
		return decodeDict(dec, depth)
	case json.Number:
		return decodeNumber(string(t))
	default:
		return t, nil
	}
}

func decodeList(dec *json.Decoder, depth int) (any, error) {
	out := []any{}
	for dec.More() {
		v, err := decodeValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := dec.Token()
	return out, err
}

func decodeDict(dec *json.Decoder, depth int) (any, error) {
	out := NewDict(4)
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, _ := tok.(string)
		v, err := decodeValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		out.Set(key, v)
	}
	_, err := dec.Token()
	return out, err
}

func decodeNumber(s string) (any, error) {
	if strings.ContainsAny(s, ".eE") {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return nil, err
		}
		return f, nil
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, nil
	}
	if len(s) > maxDigits {
		return nil, fmt.Errorf("whole number with more than %d digits", maxDigits)
	}
	b, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return nil, fmt.Errorf("number %q", s)
	}
	return b, nil
}

// Encode writes a value as compact JSON. A float keeps its point (5.0 stays
// 5.0), a *Dict its order, an *Object becomes its text. Infinity, NaN and kinds
// that JSON lacks are errors.
func Encode(v any) ([]byte, error) { return appendJSON(nil, v) }

func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := normal(v).(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case *big.Int:
		return v.Append(b, 10), nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, fmt.Errorf("JSON has no %s", floatText(v))
		}
		return append(b, floatText(v)...), nil
	case string:
		return appendJSONText(b, v), nil
	case *Object:
		return appendJSONText(b, v.Text), nil
	case []any:
		return appendJSONList(b, v)
	case tuple:
		return appendJSONList(b, v)
	case *Dict:
		return appendJSONDict(b, v)
	default:
		return nil, fmt.Errorf("JSON has no %s", typeName(v))
	}
}

func appendJSONList(b []byte, items []any) ([]byte, error) {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendJSON(b, item); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendJSONDict(b []byte, d *Dict) ([]byte, error) {
	b = append(b, '{')
	for i := range d.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		key, v := d.At(i)
		b = append(appendJSONText(b, Str(key)), ':')
		var err error
		if b, err = appendJSON(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

const hexDigits = "0123456789abcdef"

// appendJSONText quotes s. It escapes only what JSON demands, unlike
// encoding/json, which also rewrites <, > and &.
func appendJSONText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}

// normal turns the Go kinds that a caller may hand in by habit into the kinds
// of this package.
func normal(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case float32:
		return float64(v)
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	default:
		return v
	}
}
