package app_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"rehearse.dev/internal/seal"
)

// With the keys in the environment the operator makes them; rotate-key seals again
// as often as it is run and changes no file. Not parallel: it sets the environment.
func TestRotateKeyWithKeysOfTheEnvironment(t *testing.T) {
	w := newSealedWorld(t)
	inFile, err := os.ReadFile(w.key)
	fatal(t, err)
	next := hex.EncodeToString(bytes.Repeat([]byte{5}, seal.KeySize))

	t.Setenv(seal.Variable, next)
	if code, out, errOut := rehearse(t, "rotate-key", "--db", w.db); code != 1 || !strings.Contains(errOut, "add the missing key to REHEARSE_KEY_OLD") {
		t.Errorf("without the old key: code %d: %s%s", code, out, errOut)
	}
	t.Setenv(seal.OldVariable, strings.TrimSpace(string(inFile)))
	for _, want := range []string{"tasks: 2 sealed again", "tasks: 0 sealed again"} {
		if code, out, errOut := rehearse(t, "rotate-key", "--db", w.db); code != 0 || !strings.Contains(out, want) {
			t.Errorf("code %d, no %q: %s%s", code, want, out, errOut)
		}
	}
	if code, out, errOut := rehearse(t, "rotate-key", "--db", w.db, "--drop-old"); code != 2 || !strings.Contains(errOut, "drop-old") {
		t.Errorf("--drop-old: code %d: %s%s", code, out, errOut)
	}
	t.Setenv(seal.OldVariable, "hunter2")
	if code, _, errOut := rehearse(t, "rotate-key", "--db", w.db); code != 2 || !strings.Contains(errOut, "REHEARSE_KEY_OLD") || strings.Contains(errOut, "hunter2") {
		t.Errorf("a bad old key: code %d: %s", code, errOut)
	}
	if now, err := os.ReadFile(w.key); err != nil || !bytes.Equal(now, inFile) {
		t.Errorf("the key file was changed, %v", err)
	}
	t.Setenv(seal.OldVariable, "")
	t.Setenv(seal.Variable, "")
	fatal(t, os.WriteFile(w.key, []byte(next+"\n"), 0o600))
	w.opens(t)
}
