//go:build unix

package backup

import (
	"os"
	"syscall"
)

// spoil makes a replaced database unusable if it has no name any more. A server that
// was started meanwhile may wait for its lock; it would go on with a file that nobody
// can find, and with the log of the new one, which has that name. So it finds no
// database, and ends.
func spoil(replaced *os.File) error {
	info, err := replaced.Stat()
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Nlink > 0 {
		return nil
	}
	_, err = replaced.WriteAt([]byte("replaced by a restore"), 0)
	return err
}
