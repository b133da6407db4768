package arch

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// foreign are words of somebody's machine or of how the text came about: what is
// said here must be true everywhere. They are written in halves, not to find this.
var foreign = []string{
	"/wo" + "rk/", "/tmp" + "/plan", "sub" + "agent", "/ro" + "ot/",
	"registry." + "npmjs", "proxy." + "golang.org",
}

func TestNothingNamesAMachine(t *testing.T) {
	t.Parallel()
	eachText(t, func(path string, text []byte) {
		for _, word := range foreign {
			if i := bytes.Index(bytes.ToLower(text), []byte(word)); i >= 0 {
				t.Errorf("%s:%d: %q", path, 1+bytes.Count(text[:i], []byte("\n")), word)
			}
		}
	})
}

// TestTextsAreWellFormed holds line ends, as an editor of another system leaves them.
func TestTextsAreWellFormed(t *testing.T) {
	t.Parallel()
	eachText(t, func(path string, text []byte) {
		if strings.Contains(path, "testdata/") {
			return // samples of the outside are as they are
		}
		if bytes.Contains(text, []byte("\r\n")) {
			t.Errorf("%s: lines end in CR LF", path)
		}
		if len(text) > 0 && text[len(text)-1] != '\n' {
			t.Errorf("%s: no newline at the end", path)
		}
	})
}

// eachText calls f with every file of the repository that is text.
func eachText(t *testing.T, f func(path string, text []byte)) {
	t.Helper()
	elsewhere := map[string]bool{".git": true, "node_modules": true, "bin": true, "dist": true}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if elsewhere[d.Name()] {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil // .git is a file in a linked work tree
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if rel, err := filepath.Rel(root, p); err == nil && !bytes.Contains(text, []byte{0}) {
			f(filepath.ToSlash(rel), text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
