package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// The names of a pack's files.
const (
	fileEvidence   = "evidence.json"
	fileIndex      = "index.html"
	fileCheckpoint = "checkpoint.txt"
	fileVerifier   = "verifier.txt"
	fileManifest   = "manifest.json"
	fileSignature  = "manifest.sig"
)

// manifestVersion names the shape of manifest.json.
const manifestVersion = "kyodaku-pack-v1"

// manifest is manifest.json.
type manifest struct {
	Version string         `json:"version"`
	Files   []manifestFile `json:"files"`
	// Events are the ids of the events in evidence.json, in their order.
	Events []string `json:"events"`
	// Fields holds for each value in evidence.json, by JSON pointer, the first eight
	// bytes of its SHA-256 in hex. It proves nothing that Files does not prove; it
	// is there to say which value was changed.
	Fields map[string]string `json:"fields"`
}

type manifestFile struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

func newManifest(files []file, events []string) (manifest, error) {
	m := manifest{Version: manifestVersion, Events: events}
	for _, f := range files {
		m.Files = append(m.Files, manifestFile{Name: f.name, Size: len(f.data), SHA256: digest(f.data)})
		if f.name != fileEvidence {
			continue
		}
		fields, _, err := fieldDigests(f.data)
		if err != nil {
			return m, fmt.Errorf("evidence: manifest: %w", err)
		}
		m.Fields = fields
	}
	return m, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// signatureText is what is signed: never the text of a checkpoint, whose first
// line is the log's name.
func signatureText(manifest []byte) string {
	return "kyodaku evidence pack\nmanifest.json sha256 " + digest(manifest) + "\n"
}

func signManifest(manifest []byte, key note.Signer) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: signatureText(manifest)}, key)
	if err != nil {
		return nil, fmt.Errorf("evidence: sign manifest: %w", err)
	}
	return signed, nil
}

// fieldDigests goes through a JSON text and notes every value. On broken text it
// returns what came before the break, where it broke, and the error.
func fieldDigests(text []byte) (found map[string]string, broken string, err error) {
	w := walker{decoder: json.NewDecoder(bytes.NewReader(text)), found: map[string]string{}}
	w.decoder.UseNumber()
	if err := w.value("", 0); err != nil {
		return w.found, w.at, err
	}
	if _, err := w.decoder.Token(); err != io.EOF {
		return w.found, "", errors.New("evidence: something follows the JSON value")
	}
	return w.found, "", nil
}

type walker struct {
	decoder *json.Decoder
	found   map[string]string
	// at is the value being read.
	at string
}

// deepest bounds the nesting; our own documents have less than ten levels.
const deepest = 32

func (w *walker) value(at string, depth int) error {
	w.at = at
	if depth > deepest {
		return errors.New("evidence: JSON nested too deeply")
	}
	t, err := w.decoder.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		return w.object(at, depth)
	case json.Delim('['):
		return w.array(at, depth)
	}
	w.found[at] = digest(fmt.Appendf(nil, "%T %v", t, t))[:16]
	return nil
}

func (w *walker) object(at string, depth int) error {
	for w.decoder.More() {
		name, err := w.decoder.Token()
		if err != nil {
			return err
		}
		escaped := strings.NewReplacer("~", "~0", "/", "~1").Replace(fmt.Sprint(name))
		if err := w.value(at+"/"+escaped, depth+1); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token()
	return err
}

func (w *walker) array(at string, depth int) error {
	for i := 0; w.decoder.More(); i++ {
		if err := w.value(at+"/"+strconv.Itoa(i), depth+1); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token()
	return err
}
