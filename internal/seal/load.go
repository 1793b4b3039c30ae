package seal

import (
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
	"strings"
)

// Variable is the environment variable that holds the key.
const Variable = "REHEARSE_KEY"

// Load returns a ring of one key: envKey, the value of Variable, or else the
// content of keyFile, which is made with a random key if it is missing.
//
// A key is 32 bytes, written in hex or base64. The file must be readable by its
// owner only. Errors name the variable or the file and never hold the key.
func Load(envKey, keyFile string) (*Keyring, error) {
	if strings.TrimSpace(envKey) != "" {
		key, err := parseKey(envKey)
		if err != nil {
			return nil, fmt.Errorf("%s %w", Variable, err)
		}
		return New(key)
	}
	key, err := readKey(keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(keyFile)
	}
	if err != nil {
		return nil, err
	}
	return New(key)
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

func readKey(path string) ([]byte, error) {
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
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	key, err := parseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s %w", path, err)
	}
	return key, nil
}

// makeKey writes a new key and sees it on the disk before anything is sealed with
// it: sealed rows without their key are lost.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails since Go 1.24
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the key: %w", err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close(), syncFolder(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("make the key: %w", err), os.Remove(path))
	}
	return key, nil
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
