package seal_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/internal/seal"
)

func load(t *testing.T, s seal.Source) *seal.Keyring {
	t.Helper()
	k, err := seal.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func opens(k *seal.Keyring, sealed []byte) bool {
	plain, err := k.Open(sealed, []byte("c"))
	return err == nil && string(plain) == "x"
}

func TestAddKeySealsWithANewKeyAndOpensOldValues(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key")
	first := load(t, seal.Source{File: file})
	old := first.Seal([]byte("x"), []byte("c"))
	// What a crash left beside the file is in nobody's way.
	if err := os.WriteFile(file+".new", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := seal.AddKey(file); err != nil {
		t.Fatal(err)
	}
	second := load(t, seal.Source{File: file})
	if second.Current() == first.Current() || !second.Knows(first.Current()) || !opens(second, old) {
		t.Errorf("%v after %v", second, first)
	}
	again, err := second.Reseal(old, []byte("c"))
	if id, _ := seal.KeyID(again); err != nil || id != second.Current() || !opens(second, again) || opens(first, again) {
		t.Errorf("sealed again with %q: %v", id, err)
	}
	if _, err := second.Reseal(old, []byte("other")); err == nil {
		t.Error("sealed again for another context")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := os.Stat(file + ".new"); err == nil {
		t.Error("the new file is still beside")
	}
}

func TestDropKeysKeepsTheCurrentAndWhatIsAsked(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key")
	ids := []string{load(t, seal.Source{File: file}).Current()}
	for range 3 {
		if err := seal.AddKey(file); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, load(t, seal.Source{File: file}).Current())
	}
	n, err := seal.DropKeys(file, []string{ids[1]})
	k := load(t, seal.Source{File: file})
	if err != nil || n != 2 || k.Current() != ids[3] || !k.Knows(ids[1]) || k.Knows(ids[0]) || k.Knows(ids[2]) {
		t.Errorf("dropped %d, %v: %v", n, err, k)
	}
	if n, err := seal.DropKeys(file, []string{ids[1]}); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
}

func TestAddKeyKeepsALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link := filepath.Join(dir, "key"), filepath.Join(dir, "link")
	before := load(t, seal.Source{File: file}).Current()
	if err := os.Symlink(file, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if err := seal.AddKey(link); err != nil {
		t.Fatal(err)
	}
	if after := load(t, seal.Source{File: file}); after.Current() == before || !after.Knows(before) {
		t.Errorf("%s, then %v", before, after)
	}
}

func TestOldKeysOfTheVariableOpenOnly(t *testing.T) {
	t.Parallel()
	text := func(b byte) string { return hex.EncodeToString(key(b)) }
	sealed := map[byte][]byte{}
	for b := byte(1); b <= 3; b++ {
		sealed[b] = ring(t, key(b)).Seal([]byte("x"), []byte("c"))
	}
	k := load(t, seal.Source{Key: text(3), Old: text(2) + ", " + text(1) + "," + text(3) + ",", File: "unused"})
	if k.Current() != ring(t, key(3)).Current() {
		t.Errorf("seals with %v", k)
	}
	for b, value := range sealed {
		if !opens(k, value) {
			t.Errorf("key %d does not open", b)
		}
	}
	// From the variable back to a file.
	file := filepath.Join(t.TempDir(), "key")
	k = load(t, seal.Source{Old: text(1), File: file})
	if !opens(k, sealed[1]) || k.Current() != load(t, seal.Source{File: file}).Current() {
		t.Errorf("the file's key is not the current one: %v", k)
	}
	for _, bad := range []seal.Source{{Key: text(1), Old: "hunter2"}, {Key: text(1), Old: text(2) + ";" + text(3)}} {
		err := bad.Check()
		if err == nil || !strings.Contains(err.Error(), "REHEARSE_KEY_OLD") || strings.Contains(err.Error(), bad.Old) {
			t.Errorf("err = %v", err)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v", seal.Source{Key: "k3y", Old: "0ld"}, seal.Source{Key: "k3y"}, seal.Source{Old: "0ld"}); strings.Contains(got, "k3y") || strings.Contains(got, "0ld") {
		t.Errorf("printed as %s", got)
	}
}
