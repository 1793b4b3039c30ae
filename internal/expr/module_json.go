package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
)

var jsonModule = &module{name: "json", attrs: map[string]any{
	"dumps": function("dumps", dumps),
	"loads": function("loads", loads),
}}

func loads(ev *evaluator, c args) (any, error) {
	b, err := c.bind("loads", "s")
	if err != nil {
		return nil, err
	}
	if raw, ok := b.vals[0].(bytesVal); ok {
		b.vals[0] = string(raw)
	}
	s := b.str(0, "")
	if b.err != nil {
		return nil, raise("TypeError", "the JSON object must be str, bytes or bytearray, not %s", typeName(b.vals[0]))
	}
	if err := ev.grow(8 * len(s)); err != nil {
		return nil, err
	}
	v, err := Decode([]byte(s))
	if err != nil {
		return nil, raise("JSONDecodeError", "%s", err.Error())
	}
	return v, nil
}

// dumper writes JSON the way Python's json.dumps does.
type dumper struct {
	strings.Builder
	ev               *evaluator
	ascii, sortKeys  bool
	itemSep, keySep  string
	indent           string
	pretty, skipKeys bool
}

func dumps(ev *evaluator, c args) (any, error) {
	b, err := c.bind("dumps", "obj", "skipkeys?", "ensure_ascii?", "check_circular?", "allow_nan?", "cls?",
		"indent?", "separators?", "default?", "sort_keys?")
	if err != nil {
		return nil, err
	}
	d := &dumper{ev: ev, ascii: !b.given[2] || b.bool(2), itemSep: ", ", keySep: ": ", sortKeys: b.bool(9), skipKeys: b.bool(1)}
	if b.has(5) || b.has(8) {
		return nil, raise("TypeError", "json.dumps() takes no cls and no default here")
	}
	if b.has(6) {
		d.pretty, d.itemSep = true, ","
		if s, ok := b.vals[6].(string); ok {
			d.indent = s
		} else {
			d.indent = strings.Repeat(" ", min(64, max(0, b.int(6, 0))))
		}
	}
	if b.has(7) {
		pair, err := ev.list(b.vals[7])
		if err != nil {
			return nil, err
		}
		seps, err := args{pos: pair}.bind("separators", "/", "item", "key")
		if err != nil {
			return nil, err
		}
		d.itemSep, d.keySep = seps.str(0, ""), seps.str(1, "")
		if seps.err != nil {
			return nil, seps.err
		}
	}
	if b.err != nil {
		return nil, b.err
	}
	if err := d.value(b.vals[0], 1); err != nil {
		return nil, err
	}
	return d.String(), nil
}

func (d *dumper) value(v any, depth int) error {
	if err := d.ev.grow(8); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		d.WriteString("null")
	case bool:
		d.WriteString(strconv.FormatBool(v))
	case int64, *big.Int:
		d.WriteString(reprOf(v))
	case float64:
		d.WriteString(jsonFloat(v))
	case string:
		return d.text(v)
	case []any:
		return d.list(v, depth)
	case tuple:
		return d.list(v, depth)
	case *Dict:
		return d.dict(v, depth)
	default:
		return raise("TypeError", "Object of type %s is not JSON serializable", typeName(v))
	}
	return nil
}

func jsonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return floatText(f)
}

func (d *dumper) text(s string) error {
	if err := d.ev.grow(2 * len(s)); err != nil {
		return err
	}
	d.WriteByte('"')
	for _, r := range s {
		at := strings.IndexRune("\"\\\n\r\t\f\b", r)
		switch {
		case at >= 0:
			d.WriteByte('\\')
			d.WriteByte(`"\nrtfb`[at])
		case r < 0x20 || (d.ascii && r > 0x7e && r < 0x10000):
			d.code(r)
		case d.ascii && r >= 0x10000:
			hi, lo := utf16.EncodeRune(r)
			d.code(hi)
			d.code(lo)
		default:
			d.WriteRune(r)
		}
	}
	d.WriteByte('"')
	return nil
}

func (d *dumper) code(r rune) { d.WriteString(`\u` + pad(strconv.FormatInt(int64(r), 16), 4)) }

func (d *dumper) line(depth int) error {
	if !d.pretty {
		return nil
	}
	d.WriteByte('\n')
	for range depth {
		d.WriteString(d.indent)
	}
	return d.ev.grow(depth * len(d.indent))
}

func (d *dumper) list(items []any, depth int) error {
	if len(items) == 0 {
		d.WriteString("[]")
		return nil
	}
	d.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			d.WriteString(d.itemSep)
		}
		if err := d.line(depth); err != nil {
			return err
		}
		if err := d.value(item, depth+1); err != nil {
			return err
		}
	}
	err := d.line(depth - 1)
	d.WriteByte(']')
	return err
}

func (d *dumper) dict(v *Dict, depth int) error {
	order := make([]int, v.Len())
	for i := range order {
		order[i] = i
	}
	if d.sortKeys {
		var err error
		if order, err = d.ev.sortedKeys(v); err != nil {
			return err
		}
	}
	d.WriteByte('{')
	n := 0
	for _, i := range order {
		key, ok := jsonKey(v.keys[i])
		if !ok && d.skipKeys {
			continue
		}
		if !ok {
			return raise("TypeError", "keys must be str, int, float, bool or None, not %s", typeName(v.keys[i]))
		}
		if n > 0 {
			d.WriteString(d.itemSep)
		}
		n++
		if err := d.line(depth); err != nil {
			return err
		}
		if err := d.text(key); err != nil {
			return err
		}
		d.WriteString(d.keySep)
		if err := d.value(v.vals[i], depth+1); err != nil {
			return err
		}
	}
	var err error
	if n > 0 {
		err = d.line(depth - 1)
	}
	d.WriteByte('}')
	return err
}

func jsonKey(key any) (string, bool) {
	switch k := key.(type) {
	case string:
		return k, true
	case bool:
		return strconv.FormatBool(k), true
	case nil:
		return "null", true
	case float64:
		return jsonFloat(k), true
	case int64, *big.Int:
		return reprOf(k), true
	default:
		return "", false
	}
}
