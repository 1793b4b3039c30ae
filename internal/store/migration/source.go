package migration

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"

	"entgo.io/ent/dialect"
)

//go:embed sqlite/*.sql postgres/*.sql
var folders embed.FS

// source is the folder of one dialect.
type source struct {
	fs.FS
	files []file // in order; a test says that there are no gaps
}

// file is one migration.
type file struct {
	path, name string
	version    int64
}

// embedded returns the files of a dialect, none for one that is unknown.
func embedded(d string) source {
	folder := d
	if d == dialect.SQLite {
		folder = "sqlite"
	}
	sub, err := fs.Sub(folders, folder)
	if err != nil {
		return source{}
	}
	return newSource(sub)
}

// fileName is 0012_add_owner_to_task.sql.
var fileName = regexp.MustCompile(`^(\d{4})_(.+)\.sql$`)

func newSource(folder fs.FS) source {
	s := source{FS: folder}
	names, err := fs.Glob(folder, "*.sql")
	if err != nil { // only the pattern could be wrong
		return s
	}
	for _, name := range names {
		found := fileName.FindStringSubmatch(name)
		if found == nil {
			continue
		}
		if version, err := strconv.ParseInt(found[1], 10, 64); err == nil {
			s.files = append(s.files, file{name, found[2], version})
		}
	}
	return s
}

// latest is the highest version, 0 if there is none.
func (s source) latest() int64 {
	if len(s.files) == 0 {
		return 0
	}
	return s.files[len(s.files)-1].version
}

var createTable = regexp.MustCompile("(?m)^CREATE TABLE [`\"]([^`\"]+)[`\"]")

// tables names what the first migration makes.
func (s source) tables() (map[string]bool, error) {
	if len(s.files) == 0 {
		return nil, fmt.Errorf("there are no migrations: %w", fs.ErrNotExist)
	}
	text, err := fs.ReadFile(s, s.files[0].path)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, found := range createTable.FindAllSubmatch(text, -1) {
		names[string(found[1])] = true
	}
	return names, nil
}
