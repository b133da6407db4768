package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// Assets are a face's static files under a path that holds their hash, so that
// browsers may keep them for ever and still see the next version at once. One
// hash stands for all files: modules may import each other by relative paths.
type Assets struct {
	prefix, hash string
	files        map[string][]byte
}

// NewAssets reads every file of from; prefix is the path they are served under,
// with a slash at both ends.
func NewAssets(prefix string, from fs.FS) (*Assets, error) {
	a := &Assets{prefix: prefix, files: map[string][]byte{}}
	sum := sha256.New()
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		if mediaType(name) == "" {
			return fmt.Errorf("%s is of no known type", name)
		}
		a.files[name] = body
		fmt.Fprintf(sum, "%s %d\n", name, len(body))
		sum.Write(body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("page: assets: %w", err)
	}
	a.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return a, nil
}

// mediaType is the content type of a file by its name, from our own list: what
// the operating system believes must not matter.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return mime.TypeByExtension(".png")
	default:
		return ""
	}
}

// URL is the address of a file; a file that does not exist is an error.
func (a *Assets) URL(name string) (string, error) {
	if _, ok := a.files[name]; !ok {
		return "", fmt.Errorf("page: asset %s does not exist", name)
	}
	return a.prefix + a.hash + "/" + name, nil
}

// Pattern is the route that serves the files.
func (a *Assets) Pattern() string { return "GET " + a.prefix + "{hash}/{file...}" }

// ServeHTTP serves a file. An old hash gets today's file, but is not kept: a page
// loaded before an upgrade goes on working.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, a.prefix), "/")
	body, ok := a.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mediaType(name))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	if r.PathValue("hash") == a.hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
