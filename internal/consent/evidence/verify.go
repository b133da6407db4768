package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Verify checks a pack offline. trustedKey is the log's public key as it was
// published ("name+hash+key"); "" takes the pack's own key, which proves that the
// pack is whole but not who made it. What is wrong is in the report; an error
// means that the pack could not be read at all.
func Verify(r io.ReaderAt, size int64, trustedKey string) (Report, error) {
	var rep Report
	if _, err := r.ReadAt(make([]byte, 1), 0); err != nil && !errors.Is(err, io.EOF) {
		return rep, fmt.Errorf("evidence: verify: %w", err)
	}
	v := verifier{rep: &rep, files: map[string][]byte{}}
	for _, f := range readArchive(r, size, &rep) {
		if _, twice := v.files[f.name]; twice {
			rep.fail(Finding{File: f.name, Detail: "stands in the pack twice"})
		}
		v.files[f.name] = f.data
	}
	if !v.checkKey(strings.TrimSpace(trustedKey)) {
		return rep, nil
	}
	v.checkManifest()
	v.checkFiles()
	if doc, ok := v.document(); ok {
		v.checkDocument(doc)
	}
	return rep, nil
}

// verifier is a verification under way.
type verifier struct {
	rep   *Report
	files map[string][]byte
	key   note.Verifier
	// manifest is nil when there is none that can be read.
	manifest *manifest
}

// checkKey reads the pack's key and holds it against the trusted one. Without a
// key nothing else can be checked.
func (v *verifier) checkKey(trusted string) bool {
	v.rep.begin(CheckKey)
	own := strings.TrimSpace(string(v.files[fileVerifier]))
	if trusted == "" {
		trusted = own
	} else {
		v.rep.Trusted = true
	}
	key, err := note.NewVerifier(trusted)
	if err != nil {
		v.rep.fail(Finding{File: fileVerifier, Detail: err.Error()})
		return false
	}
	if own != trusted {
		v.rep.Trusted = false
		v.rep.fail(Finding{File: fileVerifier, Detail: "the pack's key is not the trusted one"})
	}
	v.key, v.rep.Key, v.rep.Origin = key, trusted, key.Name()
	return true
}

func (v *verifier) checkManifest() {
	v.rep.begin(CheckManifest)
	text, ok := v.files[fileManifest]
	if !ok {
		v.rep.fail(Finding{File: fileManifest, Detail: "is missing"})
		return
	}
	signed, err := note.Open(v.files[fileSignature], note.VerifierList(v.key))
	switch {
	case err != nil:
		v.rep.fail(Finding{File: fileSignature, Detail: err.Error()})
	case signed.Text != signatureText(text):
		v.rep.fail(Finding{File: fileManifest, Detail: "is not the one that was signed"})
	case !plain(signed):
		v.rep.fail(Finding{File: fileSignature, Detail: "holds more than one signature"})
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Version != manifestVersion {
		v.rep.fail(Finding{File: fileManifest, Detail: fmt.Sprintf("cannot be read as %s: %v", manifestVersion, err)})
		return
	}
	v.manifest = &m
}

// plain says whether a note has its one signature and nothing else: this file is
// the only one that the manifest does not hold a hash of.
func plain(n *note.Note) bool {
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return false
	}
	_, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	return err == nil
}

// checkFiles compares every file with the manifest.
func (v *verifier) checkFiles() {
	v.rep.begin(CheckFiles)
	if v.manifest == nil {
		v.rep.fail(Finding{File: fileManifest, Detail: "without it no file can be compared"})
		return
	}
	listed := map[string]bool{fileManifest: true, fileSignature: true}
	for _, f := range v.manifest.Files {
		listed[f.Name] = true
		data, ok := v.files[f.Name]
		switch {
		case !ok:
			v.rep.fail(Finding{File: f.Name, Detail: "is missing"})
		case digest(data) == f.SHA256:
		case f.Name == fileEvidence:
			v.locate(data)
		default:
			v.rep.fail(Finding{File: f.Name, Detail: "was altered"})
		}
	}
	for name := range v.files {
		if !listed[name] {
			v.rep.fail(Finding{File: name, Detail: "does not belong to the pack"})
		}
	}
}

// locate names the values of evidence.json that are not what they were.
func (v *verifier) locate(data []byte) {
	have, broken, err := fieldDigests(data)
	var changed []string
	for at, want := range v.manifest.Fields {
		got, ok := have[at]
		if (ok && got != want) || (!ok && err == nil) {
			changed = append(changed, at)
		}
	}
	for at := range have {
		if _, ok := v.manifest.Fields[at]; !ok {
			changed = append(changed, at)
		}
	}
	slices.Sort(changed)
	for _, at := range changed {
		v.rep.fail(Finding{File: fileEvidence, Event: v.eventAt(at), Field: at, Detail: "was altered"})
	}
	if err != nil {
		v.rep.fail(Finding{File: fileEvidence, Event: v.eventAt(broken), Field: broken, Detail: err.Error()})
	}
	if len(changed) == 0 && err == nil {
		v.rep.fail(Finding{File: fileEvidence, Detail: "was altered between its values"})
	}
}

// eventAt is the id of the event that a pointer /events/N/… belongs to, or "".
func (v *verifier) eventAt(pointer string) string {
	rest, ok := strings.CutPrefix(pointer, "/events/")
	if !ok || v.manifest == nil {
		return ""
	}
	number, _, _ := strings.Cut(rest, "/")
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(v.manifest.Events) {
		return ""
	}
	return v.manifest.Events[i]
}

func (v *verifier) document() (*Document, bool) {
	d := json.NewDecoder(bytes.NewReader(v.files[fileEvidence]))
	d.DisallowUnknownFields()
	var doc Document
	if err := d.Decode(&doc); err != nil || doc.Version != documentVersion {
		v.rep.fail(Finding{File: fileEvidence, Detail: fmt.Sprintf("cannot be read as %s: %v", documentVersion, err)})
		return nil, false
	}
	v.rep.Principal, v.rep.Events, v.rep.Messages = doc.Record.PrincipalID, len(doc.Events), len(doc.Messages)
	return &doc, true
}
