package app

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// The README's table names every command with every flag, and no others.
func TestTheReadmeNamesEveryFlag(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := kong.New(&commands{}, kong.Name("rehearse"))
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `rehearse ([^`]*)`").FindAllStringSubmatch(string(text), -1)
	described := 0
	for _, command := range parser.Model.Leaves(true) {
		name, want := strings.TrimPrefix(command.Path(), "rehearse "), []string{}
		for _, flag := range command.Flags {
			want = append(want, "--"+flag.Name)
		}
		var got []string
		for _, row := range rows {
			if row[1] != name && !strings.HasPrefix(row[1], name+" ") {
				continue
			}
			described++
			got = append(got, regexp.MustCompile(`--[a-z-]+`).FindAllString(row[1], -1)...)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("rehearse %s has the flags %v, and the README says %v", name, want, got)
		}
	}
	if described != len(rows) || described == 0 {
		t.Errorf("%d of %d rows are about a command", described, len(rows))
	}
}

// A mistyped name must not make a database, and a key that nothing is sealed with.
func TestCommandsThatNeedADatabaseMakeNone(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"import":     {"import", "--space", "21474836481", "testdata/order.json"},
		"rotate-key": {"rotate-key"},
		"drop-old":   {"rotate-key", "--drop-old"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var out, errOut strings.Builder
			code := Run(t.Context(), append(args, "--db", filepath.Join(dir, "typo.db")), &out, &errOut)
			if code != 1 || !strings.Contains(errOut.String(), "--db: there is no file") || out.Len() > 0 {
				t.Errorf("%d %q %q", code, out.String(), errOut.String())
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("it made %v (%v)", left, err)
			}
		})
	}
}
