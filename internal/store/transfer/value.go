package transfer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"math"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
)

// convert brings a value into the form that pgx sends, and in which both sides are
// compared: nil, bool, int64, float64, string, []byte, json.RawMessage or time.Time. raw
// is what either driver reads.
func convert(c *schema.Column, raw any) (any, error) {
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case bool:
		if c.Type == field.TypeBool {
			return v, nil
		}
	case int64:
		switch {
		case c.Type == field.TypeBool:
			return v != 0, nil
		case c.Type.Integer():
			return v, nil
		}
	case float64:
		if c.Type.Float() {
			return v, nil
		}
	case string:
		return ofText(c, v)
	case []byte:
		switch c.Type {
		case field.TypeBytes:
			return v, nil
		case field.TypeJSON:
			return canonical(v)
		}
	case time.Time:
		if c.Type == field.TypeTime && !v.IsZero() { // zero stands for a text that is no time
			return v, nil
		}
	}
	return nil, fmt.Errorf("a value of the kind %T cannot be in a column for %s", raw, c.Type)
}

func ofText(c *schema.Column, v string) (any, error) {
	switch c.Type {
	case field.TypeString, field.TypeEnum:
		return v, nil
	case field.TypeJSON:
		return canonical([]byte(v))
	case field.TypeBytes:
		return []byte(v), nil
	}
	return nil, fmt.Errorf("a text cannot be in a column for %s", c.Type)
}

// canonical is JSON as PostgreSQL would tell it, too: a jsonb column keeps neither
// spaces nor the order of members.
func canonical(raw []byte) (json.RawMessage, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("decode JSON: %w", err)
	}
	return json.Marshal(v)
}

// digest sums rows up.
type digest struct {
	rows int64
	sum  hash.Hash
}

func newDigest() *digest { return &digest{sum: sha256.New()} }

// Kinds of values in a digest.
const (
	markNull = iota
	markBool
	markNumber
	markFloat
	markBytes
	markTime
)

// add takes a row of converted values.
func (d *digest) add(row []any) {
	d.rows++
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			d.mark(markNull, 0)
		case bool:
			n := int64(0)
			if v {
				n = 1
			}
			d.mark(markBool, n)
		case int64:
			d.mark(markNumber, v)
		case float64:
			d.mark(markFloat, int64(math.Float64bits(v))) //nolint:gosec // the bits are what counts
		case time.Time:
			d.mark(markTime, v.UnixMicro()) // what a timestamptz holds
		case string:
			d.text([]byte(v))
		case []byte:
			d.text(v)
		case json.RawMessage:
			d.text(v)
		}
	}
}

func (d *digest) text(v []byte) {
	d.mark(markBytes, int64(len(v)))
	_, _ = d.sum.Write(v) // a hash takes everything
}

func (d *digest) mark(kind byte, n int64) {
	var b [9]byte
	b[0] = kind
	binary.BigEndian.PutUint64(b[1:], uint64(n)) //nolint:gosec // the bits are what counts
	_, _ = d.sum.Write(b[:])
}

func (d *digest) table(name string) Table {
	return Table{Name: name, Rows: d.rows, Digest: [sha256.Size]byte(d.sum.Sum(nil))}
}
