package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Page is the text of something that was shown.
type Page struct {
	// File is its name in the pack, shown/<hash>.html.
	File string
	Body string
}

// Contents is everything that goes into a pack.
type Contents struct {
	Document Document
	Pages    []Page
	// Checkpoint is the signed head of the log, Verifier the log's public key.
	Checkpoint, Verifier string
	Signer               note.Signer
	// Lang is the language of index.html; the other stands beside it.
	Lang  i18n.Lang
	Texts *i18n.Catalogue
	// Zone is the zone that times are shown in.
	Zone *time.Location
}

// Write writes a pack.
func Write(w io.Writer, c Contents) error {
	c.Document.Version = documentVersion
	text, err := indented(c.Document)
	if err != nil {
		return err
	}
	files := []file{{name: fileEvidence, data: text}}
	for _, lang := range i18n.Langs() {
		page, err := renderIndex(&c, lang)
		if err != nil {
			return err
		}
		files = append(files, file{name: indexName(lang, c.Lang), data: page})
	}
	files = append(files,
		file{name: fileCheckpoint, data: []byte(c.Checkpoint)},
		file{name: fileVerifier, data: []byte(c.Verifier + "\n")})
	for _, p := range c.Pages {
		files = append(files, file{name: p.File, data: []byte(p.Body)})
	}
	return seal(w, c, files)
}

// indented writes JSON for people. Strings are left as they are, so that removing
// the white space gives back the bytes that events were committed to with.
func indented(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("evidence: write: %w", err)
	}
	return out.Bytes(), nil
}

// seal adds the manifest and its signature and writes the archive.
func seal(w io.Writer, c Contents, files []file) error {
	ids := make([]string, len(c.Document.Events))
	for i := range c.Document.Events {
		ids[i] = idOf(&c.Document.Events[i])
	}
	m, err := newManifest(files, ids)
	if err != nil {
		return err
	}
	text, err := indented(m)
	if err != nil {
		return err
	}
	signature, err := signManifest(text, c.Signer)
	if err != nil {
		return err
	}
	return writeArchive(w, append(files, file{name: fileManifest, data: text}, file{name: fileSignature, data: signature}))
}

// indexName is the file of a language: index.html for the wanted one.
func indexName(lang, wanted i18n.Lang) string {
	if lang == wanted {
		return fileIndex
	}
	return "index." + string(lang) + ".html"
}
