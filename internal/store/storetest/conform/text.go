package conform

import (
	"context"
	"slices"
	"strings"
	"testing"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/template"
)

func addTemplates(t testing.TB, p pair, names []string) {
	t.Helper()
	made := addSpace(t, p.a)
	err := p.a.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		for _, name := range names {
			if err := addTemplate(tx, made.app, made.space, name).SetDescription(name).Exec(ctx); err != nil {
				return err
			}
		}
		return tx.Template.DeleteOneID(made.template).Exec(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func texts(t *testing.T, p pair) {
	all := []string{
		"plain", " spaces ", `quotes ' " ''`, `back \ slash \n`, "lines\r\n\ttab", "100%_", "$1 ? :a @b {}",
		"é e\u0301", "任务模板", "😀👩‍👩‍👧", "עברית", "\u200b\ufeff", "\ufffd", "\x01\x7f", strings.Repeat("長", 100_000),
	}
	addTemplates(t, p, all)
	for reader, s := range p.both() {
		for _, text := range all {
			row, err := s.Read.Template.Query().Where(template.Name(text)).Only(t.Context())
			if err != nil || row.Name != text || row.Description != text {
				t.Errorf("%s reads %v for %.20q, %v", reader, row, text, err)
			}
		}
	}
}

func names(t *testing.T, p pair) {
	all := []string{"b", "B", "a", "A", "é", "e", "E", "z", "Z", "_", "-", " ", "10", "9", "aa", "a b", "a-b", "中", "😀", "\uffee", "ß", "ss"}
	addTemplates(t, p, all)
	slices.Sort(all)
	rows, err := p.b.Read.Template.Query().Order(ent.Asc(template.FieldName)).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, row.Name)
	}
	if !slices.Equal(got, all) {
		t.Errorf("the order is %q, want %q", got, all)
	}
	for i, name := range all {
		n, err := p.b.Read.Template.Query().Where(template.NameLT(name)).Count(t.Context())
		if err != nil || n != i {
			t.Errorf("%d names are before %q, want %d: %v", n, name, i, err)
		}
	}
}

// folded: lower() and LIKE, as searches for names use them, know the letters of ASCII.
func folded(t *testing.T, p pair) {
	addTemplates(t, p, []string{"Order ABC", "Ärger", "100% off", "1000 off", `c:\temp`})
	for part, want := range map[string][]string{
		"%abc%": {"Order ABC"}, "Ärger": {"Ärger"}, "ärger": nil, "%rger": {"Ärger"},
		`%0\%%`: {"100% off"}, "%0_ %": {"100% off", "1000 off"}, "%off": {"100% off", "1000 off"}, `c:\\t%`: {`c:\temp`},
	} {
		matches := func(s *entsql.Selector) {
			s.Where(entsql.P(func(b *entsql.Builder) {
				b.WriteString("lower(name) LIKE ").Arg(part).WriteString(` ESCAPE '\'`)
			}))
		}
		got, err := p.b.Read.Template.Query().Where(matches).Order(ent.Asc("id")).Select(template.FieldName).Strings(t.Context())
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q: %v", part, got, want, err)
		}
	}
}
