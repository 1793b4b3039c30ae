package seal_test

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/internal/seal"
)

func TestLoadReadsTheVariable(t *testing.T) {
	t.Parallel()
	k := key(0xfb) // its base64 has "+" and "/" or "-" and "_"
	want := ring(t, k).Current()
	for name, text := range map[string]string{
		"Hex": hex.EncodeToString(k), "UpperHex": strings.ToUpper(hex.EncodeToString(k)),
		"Base64": base64.StdEncoding.EncodeToString(k), "RawBase64": base64.RawStdEncoding.EncodeToString(k),
		"URL": base64.URLEncoding.EncodeToString(k), "RawURL": base64.RawURLEncoding.EncodeToString(k),
		"Spaces": " " + hex.EncodeToString(k) + "\n",
	} {
		file := filepath.Join(t.TempDir(), "key")
		got, err := seal.Load(seal.Source{Key: text, File: file})
		if err != nil || got.Current() != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: a key file was made", name)
		}
	}
}

func TestLoadNamesABadVariableAndNotItsValue(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"hunter2hunter2", hex.EncodeToString(key(1)[1:]), hex.EncodeToString(key(1)) + "00", base64.StdEncoding.EncodeToString(key(1)[2:]), "é",
	} {
		_, err := seal.Load(seal.Source{Key: text, File: filepath.Join(t.TempDir(), "key")})
		if err == nil || !strings.Contains(err.Error(), "REHEARSE_KEY") || strings.Contains(err.Error(), text) {
			t.Errorf("%d characters: %v", len(text), err)
		}
	}
}

func TestLoadMakesAPrivateFileOnceAndKeepsIt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rehearse.key")
	first, err := seal.Load(seal.Source{File: file})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	second, err := seal.Load(seal.Source{Key: "  ", File: file})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := second.Open(first.Seal([]byte("x"), nil), nil); err != nil || string(got) != "x" {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	other, err := seal.Load(seal.Source{File: filepath.Join(t.TempDir(), "other.key")})
	if err != nil || other.Current() == first.Current() {
		t.Errorf("two files have the same key: %v, %v", other, err)
	}
}

func TestLoadRefusesABadFile(t *testing.T) {
	t.Parallel()
	good := hex.EncodeToString(key(1)) + "\n"
	tests := map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"GroupReadable": {good, 0o640, "chmod 600"},
		"WorldReadable": {good, 0o604, "chmod 600"},
		"Empty":         {"", 0o600, "32 bytes"},
		"Garbage":       {"not a key", 0o600, "32 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(file, []byte(test.text), test.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, test.mode); err != nil { // whatever the umask
				t.Fatal(err)
			}
			_, err := seal.Load(seal.Source{File: file})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), file) {
				t.Fatalf("err = %v", err)
			}
			if test.text != "" && strings.Contains(err.Error(), strings.TrimSpace(test.text)) {
				t.Error("the error holds the key")
			}
		})
	}
	if _, err := seal.Load(seal.Source{File: t.TempDir()}); err == nil {
		t.Error("a folder was accepted")
	}
	if _, err := seal.Load(seal.Source{File: filepath.Join(t.TempDir(), "none", "key")}); err == nil {
		t.Error("a missing folder was accepted")
	}
}
