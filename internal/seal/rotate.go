package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// newSuffix ends the name of a key file that is being written.
const newSuffix = ".new"

// AddKey puts a new random key in front of the file's keys, so that Load seals with
// it and still opens what is there. The file is replaced at once: after a crash it is
// the old one or the new one. Callers must see to it that no other process does the
// same at the same time.
func AddKey(path string) error {
	keys, err := readKeys(path)
	if err != nil {
		return err
	}
	return replaceKeys(path, slices.Insert(keys, 0, randomKey()))
}

// DropKeys removes the keys from the file whose ids are not to be kept, and returns
// how many it removed. The current key always stays.
func DropKeys(path string, keep []string) (int, error) {
	keys, err := readKeys(path)
	if err != nil {
		return 0, err
	}
	kept := keys[:1:1]
	for _, key := range keys[1:] {
		if slices.Contains(keep, id(key)) {
			kept = append(kept, key)
		}
	}
	if len(kept) == len(keys) {
		return 0, nil
	}
	return len(keys) - len(kept), replaceKeys(path, kept)
}

// replaceKeys writes beside the file and renames. What a crash left there is in
// nobody's use.
func replaceKeys(path string, keys [][]byte) error {
	path, err := filepath.EvalSymlinks(path) // a link stays one
	if err != nil {
		return fmt.Errorf("replace the key file: %w", err)
	}
	beside := path + newSuffix
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace the key file: %w", err)
	}
	if err := writeKeys(beside, keys); err != nil {
		return fmt.Errorf("replace the key file: %w", err)
	}
	if err := os.Rename(beside, path); err != nil {
		return fmt.Errorf("replace the key file: %w", err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("replace the key file: %w", err)
	}
	return nil
}
