package migration

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"

	"entgo.io/ent/dialect"
)

// Sum tells the schemas of programs apart that may give them the same version, such as
// two revisions of this one under development: it is a digest of all migrations of a
// dialect, those of River included.
func Sum(d string) string {
	hash := sha256.New()
	s := embedded(d)
	for _, f := range s.files {
		text, err := fs.ReadFile(s, f.path)
		if err != nil { // not reached: it is embedded
			continue
		}
		_, _ = fmt.Fprintln(hash, f.path, len(text))
		hash.Write(text)
	}
	if d == dialect.Postgres {
		if queue, err := newQueue(nil); err == nil { // it needs no database to list them
			for _, m := range queue.AllVersions() {
				_, _ = fmt.Fprintln(hash, "river", m.Version, m.SQLUp)
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}
