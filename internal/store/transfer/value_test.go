package transfer_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"rehearse.dev/internal/store/transfer"
)

func TestValuesAreConvertedByTheirColumns(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 1, 2, 3, 456789000, time.UTC)
	for name, test := range map[string]struct {
		kind field.Type
		raw  any
		want any // nil for an error
	}{
		"BoolOfSQLite":  {field.TypeBool, int64(1), true},
		"Bool":          {field.TypeBool, false, false},
		"Int":           {field.TypeInt, int64(-5), int64(-5)},
		"Float":         {field.TypeFloat64, 1.5, 1.5},
		"Text":          {field.TypeString, "x", "x"},
		"Enum":          {field.TypeEnum, "READY", "READY"},
		"Bytes":         {field.TypeBytes, []byte{0, 255}, []byte{0, 255}},
		"NoBytes":       {field.TypeBytes, []byte{}, []byte{}},
		"TextAsBytes":   {field.TypeBytes, "x", []byte("x")},
		"JSONOfSQLite":  {field.TypeJSON, `{"b": 1, "a":2}`, json.RawMessage(`{"a":2,"b":1}`)},
		"JSON":          {field.TypeJSON, []byte(`[1.0]`), json.RawMessage(`[1]`)},
		"Time":          {field.TypeTime, at, at},
		"NoTime":        {field.TypeTime, time.Time{}, nil},
		"TimeAsText":    {field.TypeTime, "tomorrow", nil},
		"TextAsInt":     {field.TypeInt, "5", nil},
		"IntAsText":     {field.TypeString, int64(5), nil},
		"BytesAsText":   {field.TypeString, []byte("x"), nil},
		"BadJSON":       {field.TypeJSON, `{`, nil},
		"FractionAsInt": {field.TypeInt, 1.5, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := transfer.Convert(&schema.Column{Name: "c", Type: test.kind}, test.raw)
			if test.want == nil {
				if err == nil {
					t.Errorf("%v passed as %v", test.raw, got)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%T %v, %v, want %T %v", got, got, err, test.want, test.want)
			}
		})
	}
	if got, err := transfer.Convert(&schema.Column{Type: field.TypeBytes}, nil); got != nil || err != nil {
		t.Errorf("null became %v, %v", got, err)
	}
}
