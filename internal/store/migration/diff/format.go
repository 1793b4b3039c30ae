package main

import (
	"regexp"
	"strings"
	"text/template"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect/sql/schema"
)

// formatter writes files as sqltool.GooseFormatter does, with our names and without
// the way back: data that a migration dropped comes from a backup, not from the
// reverse statement.
type formatter struct {
	migrate.Formatter
	where map[string]string // index → its condition in the words of ent/schema
}

func newFormatter(file string, tables []*schema.Table) (*formatter, error) {
	name, err := template.New("name").Parse(file)
	if err != nil {
		return nil, err
	}
	body, err := template.New("body").Parse("-- +goose Up\n" +
		`{{ range .Changes }}{{ with .Comment }}-- {{ . }}{{ "\n" }}{{ end }}{{ .Cmd }};{{ "\n" }}{{ end }}`)
	if err != nil {
		return nil, err
	}
	form, err := migrate.NewTemplateFormatter(name, body)
	if err != nil {
		return nil, err
	}
	where := map[string]string{}
	for _, t := range tables {
		for _, index := range t.Indexes {
			if index.Annotation != nil && index.Annotation.Where != "" {
				where[index.Name] = index.Annotation.Where
			}
		}
	}
	return &formatter{Formatter: form, where: where}, nil
}

var createIndex = regexp.MustCompile("^CREATE (?:UNIQUE )?INDEX [`\"]([^`\"]+)[`\"]")

// Format implements migrate.Formatter. Conditions of indexes are written as ent/schema
// has them. The plan has them in the form that PostgreSQL shows, and what it shows of
// an IN list it shows differently once more when it reads that: the index would be made
// anew by every later migration.
func (f *formatter) Format(plan *migrate.Plan) ([]migrate.File, error) {
	for _, change := range plan.Changes {
		found := createIndex.FindStringSubmatch(change.Cmd)
		if found == nil || f.where[found[1]] == "" {
			continue
		}
		before, _, _ := strings.Cut(change.Cmd, " WHERE ")
		change.Cmd = before + " WHERE " + f.where[found[1]]
	}
	return f.Formatter.Format(plan)
}
