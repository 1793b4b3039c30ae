package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Variable is the environment variable that holds the key, and OldVariable the one
// that holds older keys, separated by commas.
const (
	Variable    = "REHEARSE_KEY"
	OldVariable = "REHEARSE_KEY_OLD"
)

// Source says where keys come from.
type Source struct {
	// Key is the value of Variable, "" to read File instead.
	Key string
	// Old is the value of OldVariable: keys that only open.
	Old string
	// File holds one key per line, the current one first.
	File string
}

// String and GoString show no key.
func (s Source) String() string { return "keys of " + s.File }

// GoString is String.
func (s Source) GoString() string { return s.String() }

// InFile reports whether the current key is in the file.
func (s Source) InFile() bool { return strings.TrimSpace(s.Key) == "" }

// Check judges the variables and leaves the file alone.
func (s Source) Check() error {
	_, err := s.variables()
	return err
}

// Load returns the ring of all keys. Key wins over the file, which is made with a
// random key if it is needed and missing. Old keys open what they have sealed.
//
// A key is 32 bytes, written in hex or base64. The file must be readable by its
// owner only. Errors name the variable or the file and never hold a key.
func Load(s Source) (*Keyring, error) {
	keys, err := s.variables()
	if err != nil {
		return nil, err
	}
	if s.InFile() {
		inFile, err := readKeys(s.File)
		if errors.Is(err, fs.ErrNotExist) {
			inFile, err = makeKey(s.File)
		}
		if err != nil {
			return nil, err
		}
		keys = append(inFile, keys...)
	}
	return newRing(keys)
}

// newRing drops keys that are named twice, which happens when they move from the
// file to the variables.
func newRing(keys [][]byte) (*Keyring, error) {
	var once [][]byte
	for _, key := range keys {
		if !slices.ContainsFunc(once, func(k []byte) bool { return bytes.Equal(k, key) }) {
			once = append(once, key)
		}
	}
	return New(once[0], once[1:]...)
}

// variables are the keys of the environment, the current one first if it is there.
func (s Source) variables() (keys [][]byte, err error) {
	if !s.InFile() {
		key, err := parseKey(s.Key)
		if err != nil {
			return nil, fmt.Errorf("%s %w", Variable, err)
		}
		keys = append(keys, key)
	}
	for text := range strings.SplitSeq(s.Old, ",") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		key, err := parseKey(text)
		if err != nil {
			return nil, fmt.Errorf("each key of %s %w", OldVariable, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

var errKeyText = errors.New("must be the hex or base64 form of exactly 32 bytes")

func parseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString,
		base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		// No text of 32 bytes in one form is 32 bytes in another.
		if key, err := decode(text); err == nil && len(key) == KeySize {
			return key, nil
		}
	}
	return nil, errKeyText
}

// maxKeyFile bounds the file, in bytes: some thousand keys.
const maxKeyFile = 64 << 10

func readKeys(path string) ([][]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	defer func() { _ = f.Close() }() // was only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s is not a regular file", path)
	}
	// Windows has other means than mode bits.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("key file %s is open to others (mode %04o): run chmod 600 on it, or set %s", path, mode, Variable)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	var keys [][]byte
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		key, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("each line of the key file %s %w", path, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("key file %s %w", path, errKeyText)
	}
	return keys, nil
}

// makeKey writes a new key and sees it on the disk before anything is sealed with
// it: sealed rows without their key are lost.
func makeKey(path string) ([][]byte, error) {
	keys := [][]byte{randomKey()}
	if err := writeKeys(path, keys); err != nil {
		return nil, fmt.Errorf("make the key: %w", err)
	}
	return keys, nil
}

func randomKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails since Go 1.24
	return key
}

// writeKeys makes a file that must not be there yet, all of it or nothing.
func writeKeys(path string, keys [][]byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, key := range keys {
		text.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	}
	_, err = f.WriteString(text.String())
	if err = errors.Join(err, f.Sync(), f.Close(), syncFolder(filepath.Dir(path))); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// syncFolder makes the name of a new file as durable as its content.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // cannot sync folders
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
