package template

import (
	"testing"

	"rehearse.dev/internal/flow"
)

func TestInputSchemaIsRequired(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		constant string
		want     bool
	}{
		"nothing":                 {`"validation":""`, false},
		"expression refuses":      {`"validation":"^.+$"`, true},
		"expression allows":       {`"validation":"^.*$"`, false},
		"expression of a browser": {`"validation":"^(?!x).+$"`, false},
		"form refuses":            {`"form_schema":{"attrs":{"validation":[{"type":"custom"},{"type":"required"}]}}`, true},
		"form with other rules":   {`"form_schema":{"attrs":{"validation":[{"type":"custom"}]}}`, false},
		"form of another shape":   {`"form_schema":{"attrs":{"validation":{"type":"required"}}}`, false},
		"form is a text":          {`"form_schema":"required"`, false},
		"form is null":            {`"form_schema":null`, false},
		"attrs is a list":         {`"form_schema":{"attrs":["validation"]}`, false},
		"rule is a text":          {`"form_schema":{"attrs":{"validation":["required"]}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := flow.Parse([]byte(`{"constants":{"${k}":{"show_type":"show",` + c.constant + `}}}`))
			if err != nil {
				t.Fatal(err)
			}
			list := InputSchema(p)
			if len(list) != 1 || list[0].IsRequired != c.want {
				t.Errorf("%+v, want required %v", list, c.want)
			}
		})
	}
}

func TestInputSchemaOrder(t *testing.T) {
	t.Parallel()
	p, err := flow.Parse([]byte(`{"constants":{
		"${c}":{"show_type":"show","index":2},
		"${hidden}":{"show_type":"hide","index":0},
		"${a}":{"show_type":"show","index":1},
		"${b}":{"show_type":"show","index":1}}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, k := range InputSchema(p) {
		got += k.Key
	}
	if got != "${a}${b}${c}" {
		t.Error(got)
	}
	if empty := InputSchema(mustParse(t, `{}`)); empty == nil || len(empty) != 0 {
		t.Errorf("%v", empty)
	}
}

func mustParse(t *testing.T, doc string) *flow.Pipeline {
	t.Helper()
	p, err := flow.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
