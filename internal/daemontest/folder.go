package daemontest

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
)

// Folder makes a folder with some folders in it, which goes with the test. It stands
// outside of the test's own temporary folder, which a server's user may not enter.
func Folder(tb testing.TB, name string, inner ...string) string {
	tb.Helper()
	dir, err := os.MkdirTemp("/tmp", name+"-")
	Must(tb, err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	Must(tb, os.Chmod(dir, 0o755))
	for _, each := range inner {
		Must(tb, os.Mkdir(filepath.Join(dir, each), 0o755))
	}
	return dir
}

// Give hands files and folders below dir over to the user a server runs as, and tells
// the user's numbers.
func Give(tb testing.TB, name, dir string, inner ...string) (uid, gid int) {
	tb.Helper()
	u, err := user.Lookup(name)
	Must(tb, err)
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	Must(tb, errors.Join(uidErr, gidErr))
	for _, each := range inner {
		Must(tb, os.Chown(filepath.Join(dir, each), uid, gid))
	}
	return uid, gid
}

// Must fails the test when a server cannot be prepared.
func Must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
