package engine

import (
	"reflect"
	"testing"

	"rehearse.dev/internal/expr"
)

// pythonErrors are texts and what json.loads of CPython 3.11 says of them.
var pythonErrors = []struct{ text, message string }{
	{"", "Expecting value: line 1 column 1 (char 0)"},
	{"   ", "Expecting value: line 1 column 4 (char 3)"},
	{"{bad", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
	{"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
	{"{\"a\"", "Expecting ':' delimiter: line 1 column 5 (char 4)"},
	{"{\"a\":", "Expecting value: line 1 column 6 (char 5)"},
	{"{\"a\":1", "Expecting ',' delimiter: line 1 column 7 (char 6)"},
	{"{\"a\":1,", "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"},
	{"{\"a\":1,}", "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"},
	{"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"},
	{"{'a':1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
	{"[", "Expecting value: line 1 column 2 (char 1)"},
	{"[1", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
	{"[1,", "Expecting value: line 1 column 4 (char 3)"},
	{"[1,]", "Expecting value: line 1 column 4 (char 3)"},
	{"[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"},
	{"{\"a\":1 \"b\":2}", "Expecting ',' delimiter: line 1 column 8 (char 7)"},
	{"nul", "Expecting value: line 1 column 1 (char 0)"},
	{"tru", "Expecting value: line 1 column 1 (char 0)"},
	{"abc", "Expecting value: line 1 column 1 (char 0)"},
	{"\"abc", "Unterminated string starting at: line 1 column 1 (char 0)"},
	{"\"a\nb\"", "Invalid control character at: line 1 column 3 (char 2)"},
	{"\"a\\", "Unterminated string starting at: line 1 column 1 (char 0)"},
	{"\"a\\x\"", "Invalid \\escape: line 1 column 3 (char 2)"},
	{"\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
	{"\"\\uZZZZ\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
	{"01", "Extra data: line 1 column 2 (char 1)"},
	{"1.", "Extra data: line 1 column 2 (char 1)"},
	{"-", "Expecting value: line 1 column 1 (char 0)"},
	{"-a", "Expecting value: line 1 column 1 (char 0)"},
	{"1e", "Extra data: line 1 column 2 (char 1)"},
	{".5", "Expecting value: line 1 column 1 (char 0)"},
	{"+1", "Expecting value: line 1 column 1 (char 0)"},
	{"1 2", "Extra data: line 1 column 3 (char 2)"},
	{"{} x", "Extra data: line 1 column 4 (char 3)"},
	{"[1]]", "Extra data: line 1 column 4 (char 3)"},
	{"{\"a\":}", "Expecting value: line 1 column 6 (char 5)"},
	{"[,1]", "Expecting value: line 1 column 2 (char 1)"},
	{"{\"a\":[1,{\"b\":}]}", "Expecting value: line 1 column 14 (char 13)"},
	{"\n\n {bad", "Expecting property name enclosed in double quotes: line 3 column 3 (char 4)"},
	{"{\"中\":\n bad}", "Expecting value: line 2 column 2 (char 7)"},
	{"\"中\" x", "Extra data: line 1 column 5 (char 4)"},
	{"${k}", "Expecting value: line 1 column 1 (char 0)"},
	{"${o}", "Expecting value: line 1 column 1 (char 0)"},
	{"{\"k\": \"${v}\", }", "Expecting property name enclosed in double quotes: line 1 column 15 (char 14)"},
	{"\ufeff{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"},
	{"{\"a\":1,\n\"b\":2,\n}", "Expecting property name enclosed in double quotes: line 3 column 1 (char 15)"},
	{"\"\t\"", "Invalid control character at: line 1 column 2 (char 1)"},
	{"[1,\n2,\n x]", "Expecting value: line 3 column 2 (char 8)"},
	{"{1:2}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
	{"{\"a\":tru}", "Expecting value: line 1 column 6 (char 5)"},
	{"\"a\\u123", "Invalid \\uXXXX escape: line 1 column 4 (char 3)"},
	{"Infinity x", "Extra data: line 1 column 10 (char 9)"},
	{"-Inf", "Expecting value: line 1 column 1 (char 0)"},
	{"[1}", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
	{"{\"a\":1]", "Expecting ',' delimiter: line 1 column 7 (char 6)"},
}

func TestJSONVariableWordsErrorsAsPython(t *testing.T) {
	t.Parallel()
	for _, c := range pythonErrors {
		if v, err := jsonValue(c.text); err == nil || err.Error() != c.message {
			t.Errorf("%q: got %v and %v, want %s", c.text, v, err, c.message)
		}
	}
}

func TestLazyTypes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		kind    string
		in, out any
	}{
		{"select", []any{"a", int64(1), true, nil}, "a,1,True,None"},
		{"select", []any{}, ""},
		{"select", "a", "a"},
		{"json_variable", " 5 ", int64(5)},
		{"json_variable", `"t"`, "t"},
		{"json_variable", int64(5), int64(5)},
		{"bk_user_selector", "kim,lee", "kim,lee"},
	}
	for _, c := range cases {
		if got, err := lazyTypes[c.kind](c.in); err != nil || !reflect.DeepEqual(got, c.out) {
			t.Errorf("%s of %v: got %v and %v, want %v", c.kind, c.in, got, err, c.out)
		}
	}
}

func TestDatatableHasAColumnPerKey(t *testing.T) {
	t.Parallel()
	v, err := tableValue([]any{expr.DictOf("c", "1", "d", int64(2)), expr.DictOf("c", "3")})
	if err != nil {
		t.Fatal(err)
	}
	table, ok := v.(*expr.Object)
	if !ok || table.Text != "DataTable with c,d Fields" {
		t.Fatalf("%v", v)
	}
	for name, want := range map[string]any{"c": []any{"1", "3"}, "flat__c": "1\n3", "d": []any{int64(2)}, "flat__d": "2"} {
		if got, _ := table.Attrs.Get(name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	for _, bad := range []any{int64(5), "text", []any{"text"}} {
		if v, err := tableValue(bad); err == nil {
			t.Errorf("%v became %v", bad, v)
		}
	}
}

func TestStoredValuesKeepObjects(t *testing.T) {
	t.Parallel()
	table := &expr.Object{Text: "T", Attrs: expr.DictOf("c", []any{"1"})}
	for _, v := range []any{nil, int64(5), 5.0, "x", []any{table, expr.DictOf("k", table)}, expr.DictOf(objectKey, int64(1))} {
		raw, err := Stored{v}.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var back Stored
		if err := back.UnmarshalJSON(raw); err != nil {
			t.Fatal(err)
		}
		again, err := back.MarshalJSON()
		if err != nil || string(again) != string(raw) || reflect.TypeOf(back.Any) != reflect.TypeOf(v) {
			t.Errorf("%s: got %s, %T and %v", raw, again, back.Any, err)
		}
	}
	var back Stored
	if err := back.UnmarshalJSON([]byte(`{"\u0000object":["T",{"c":[1]}]}`)); err != nil {
		t.Fatal(err)
	}
	if o, ok := back.Any.(*expr.Object); !ok || o.Text != "T" || o.Attrs.Len() != 1 {
		t.Errorf("%v", back.Any)
	}
	if got := storable([]any{table, "x"}); !reflect.DeepEqual(got, []any{"T", "x"}) {
		t.Errorf("storable: %v", got)
	}
}
