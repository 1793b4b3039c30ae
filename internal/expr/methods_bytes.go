package expr

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

var bytesMethods = map[string]method[bytesVal]{
	"decode": func(ev *evaluator, raw bytesVal, c args) (any, error) {
		b, err := c.bind("decode", "encoding?", "errors?")
		if err != nil {
			return nil, err
		}
		out, err := decodeBytes(raw, b.str(0, "utf-8"), b.str(1, "strict"))
		if b.err != nil {
			return nil, b.err
		}
		if err != nil {
			return nil, err
		}
		return out, ev.grow(2 * len(raw))
	},
	"hex": func(ev *evaluator, raw bytesVal, c args) (any, error) {
		_, err := c.bind("hex")
		if err != nil {
			return nil, err
		}
		return hex.EncodeToString([]byte(raw)), ev.grow(2 * len(raw))
	},
}

func encodeText(ev *evaluator, s string, c args) (any, error) {
	b, err := c.bind("encode", "encoding?", "errors?")
	if err != nil {
		return nil, err
	}
	name, errs := codec(b.str(0, "utf-8")), b.str(1, "strict")
	if b.err != nil {
		return nil, b.err
	}
	if err := ev.grow(len(s)); err != nil {
		return nil, err
	}
	if name == "utf8" {
		return bytesVal(s), nil
	}
	top := map[string]rune{"ascii": 0x7f, "latin1": 0xff}[name]
	if top == 0 {
		return nil, raise("LookupError", "unknown encoding: %s", cut(b.str(0, ""), 40))
	}
	var out strings.Builder
	for _, r := range s {
		switch {
		case r <= top:
			out.WriteByte(byte(r))
		case errs == "ignore":
		case errs == "replace":
			out.WriteByte('?')
		default:
			return nil, raise("UnicodeEncodeError", "'%s' codec can't encode character %q", name, r)
		}
	}
	return bytesVal(out.String()), nil
}

// codec gives one name to the spellings of an encoding.
func codec(name string) string {
	switch name := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name)); name {
	case "utf8", "u8":
		return "utf8"
	case "ascii", "usascii":
		return "ascii"
	case "latin1", "iso88591", "l1":
		return "latin1"
	default:
		return name
	}
}

func decodeBytes(raw bytesVal, encoding, errs string) (any, error) {
	s := string(raw)
	switch name := codec(encoding); name {
	case "latin1":
		runes := make([]rune, len(s))
		for i := range len(s) {
			runes[i] = rune(s[i])
		}
		return string(runes), nil
	case "utf8", "ascii":
		valid := utf8.ValidString(s)
		if name == "ascii" {
			valid = strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
		}
		switch {
		case valid:
			return s, nil
		case errs == "ignore":
			return strings.ToValidUTF8(s, ""), nil
		case errs == "replace":
			return strings.ToValidUTF8(s, "\ufffd"), nil
		}
		return nil, raise("UnicodeDecodeError", "'%s' codec can't decode the bytes", name)
	}
	return nil, raise("LookupError", "unknown encoding: %s", cut(encoding, 40))
}
