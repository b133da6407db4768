package evidence

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/kyodaku/kyodaku/internal/consent/ledger"
)

// checkDocument checks the proofs; they hold or fail without the manifest.
func (v *verifier) checkDocument(doc *Document) {
	head, ok := v.checkHead(doc)
	leaves := v.checkEvents(doc)
	v.rep.begin(CheckInclusion)
	if ok {
		v.checkInclusion(doc, head, leaves)
	} else {
		v.rep.fail(Finding{File: fileCheckpoint, Detail: "without a signed head nothing is proved"})
	}
	v.checkConsistency(doc, head)
	v.checkTexts(doc)
}

// checkHead checks the signature of the log's head and that the document means it.
func (v *verifier) checkHead(doc *Document) (ledger.Checkpoint, bool) {
	v.rep.begin(CheckCheckpoint)
	head, err := ledger.OpenCheckpoint(string(v.files[fileCheckpoint]), v.key)
	if err != nil {
		v.rep.fail(Finding{File: fileCheckpoint, Detail: err.Error()})
		return head, false
	}
	v.rep.Size, v.rep.At = head.Size, head.At.UTC().Format(time.RFC3339)
	want := Log{Origin: head.Origin, Verifier: v.rep.Key, Size: head.Size, Root: head.Root.String(), At: v.rep.At}
	if doc.Log != want {
		v.rep.fail(Finding{File: fileEvidence, Field: "/log", Detail: "is not the head in " + fileCheckpoint})
	}
	return head, true
}

// checkEvents checks commitments and returns the leaf hashes, nil for an event
// that has none.
func (v *verifier) checkEvents(doc *Document) []*tlog.Hash {
	v.rep.begin(CheckEvents)
	leaves := make([]*tlog.Hash, len(doc.Events))
	for i := range doc.Events {
		e := &doc.Events[i]
		at := Finding{File: fileEvidence, Event: idOf(e), Field: "/events/" + strconv.Itoa(i)}
		commitment, err := hex.DecodeString(e.Commitment)
		if err != nil || len(commitment) != tlog.HashSize {
			at.Field, at.Detail = at.Field+"/commitment", "is no commitment"
			v.rep.fail(at)
			continue
		}
		leaf := tlog.RecordHash(commitment)
		leaves[i] = &leaf
		if e.Erased {
			v.rep.Erased++
			continue
		}
		salt, err := hex.DecodeString(e.Salt)
		if err != nil || len(salt) != ledger.SaltSize {
			at.Field, at.Detail = at.Field+"/salt", "is no salt"
			v.rep.fail(at)
			continue
		}
		var encoded bytes.Buffer
		if err := json.Compact(&encoded, e.Event); err != nil || !hmac.Equal(ledger.Commit(salt, encoded.Bytes()), commitment) {
			at.Field, at.Detail = at.Field+"/event", "is not what was committed to"
			v.rep.fail(at)
		}
	}
	return leaves
}

// idOf reads the id of an event; "" if there is none.
func idOf(e *Event) string {
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(e.Event, &named) != nil {
		return ""
	}
	return named.ID
}

func (v *verifier) checkInclusion(doc *Document, head ledger.Checkpoint, leaves []*tlog.Hash) {
	for i := range doc.Events {
		e := &doc.Events[i]
		if leaves[i] == nil {
			continue // reported already
		}
		proof, err := hashes(e.Inclusion)
		if err == nil {
			err = tlog.CheckRecord(proof, head.Size, head.Root, e.Seq, *leaves[i])
		}
		if err != nil {
			v.rep.fail(Finding{File: fileEvidence, Event: idOf(e), Field: fmt.Sprintf("/events/%d/inclusion", i), Detail: err.Error()})
		}
	}
}

// checkConsistency checks that every earlier head is signed and a beginning of
// the log, and that each event entered the log under one of them.
func (v *verifier) checkConsistency(doc *Document, head ledger.Checkpoint) {
	v.rep.begin(CheckConsistency)
	newest := int64(0)
	for i, c := range doc.Checkpoints {
		at := Finding{File: fileEvidence, Field: "/checkpoints/" + strconv.Itoa(i)}
		older, err := ledger.OpenCheckpoint(c.Note, v.key)
		if err != nil {
			at.Field, at.Detail = at.Field+"/note", err.Error()
			v.rep.fail(at)
			continue
		}
		proof, err := hashes(c.Consistency)
		if err == nil {
			err = tlog.CheckTree(proof, head.Size, head.Root, older.Size, older.Root)
		}
		if err != nil {
			at.Field, at.Detail = at.Field+"/consistency", err.Error()
			v.rep.fail(at)
		}
		newest = max(newest, older.Size)
	}
	for i := range doc.Events {
		if e := &doc.Events[i]; e.Seq >= newest {
			v.rep.fail(Finding{File: fileEvidence, Event: idOf(e), Field: fmt.Sprintf("/events/%d/seq", i), Detail: "entered the log under no checkpoint of the pack"})
		}
	}
}

// hashes reads a proof.
func hashes(texts []string) ([]tlog.Hash, error) {
	proof := make([]tlog.Hash, len(texts))
	for i, t := range texts {
		raw, err := base64.StdEncoding.Strict().DecodeString(t)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("evidence: %q is no hash", t)
		}
		copy(proof[i][:], raw)
	}
	return proof, nil
}

// checkTexts checks that pages and wordings are those that their hashes name, and
// that nothing an event names was left out.
func (v *verifier) checkTexts(doc *Document) {
	v.rep.begin(CheckTexts)
	have := map[string]bool{}
	for i, s := range doc.Shown {
		have["shown page "+s.Hash] = true
		if data, ok := v.files[s.File]; !ok || digest(data) != s.Hash || !strings.HasPrefix(s.File, "shown/") {
			v.rep.fail(Finding{File: s.File, Field: "/shown/" + strconv.Itoa(i), Detail: "is not the page that was shown"})
		}
	}
	for i, w := range doc.Wordings {
		have["wording "+w.Hash] = true
		if hex.EncodeToString(ledger.WordingHash(w.Kind, w.Key, w.Version, w.TextJa, w.TextEn)) != w.Hash {
			v.rep.fail(Finding{File: fileEvidence, Field: "/wordings/" + strconv.Itoa(i), Detail: "is not the wording of its hash"})
		}
	}
	for i := range doc.Events {
		have["event "+idOf(&doc.Events[i])] = true
	}
	for i := range doc.Events {
		e := &doc.Events[i]
		for _, n := range namedBy(e) {
			if !have[n.kind+" "+n.name] {
				v.rep.fail(Finding{
					File: fileEvidence, Event: idOf(e), Field: fmt.Sprintf("/events/%d/event/%s", i, n.field),
					Detail: "names a " + n.kind + " that the pack does not hold",
				})
			}
		}
	}
}

// named is something that an event names and that belongs into its pack.
type named struct{ kind, name, field string }

// namedBy lists what an event names: pages shown, wordings, and the event it follows
// from. An erased event proves none of it.
func namedBy(e *Event) []named {
	type ref struct {
		Hash string `json:"hash"`
	}
	var event struct {
		RefersTo string `json:"refers_to"`
		Evidence struct {
			Shown        string `json:"shown"`
			Purposes     []ref  `json:"purposes"`
			Wordings     []ref  `json:"wordings"`
			Confirmation struct {
				Shown string `json:"shown"`
			} `json:"confirmation"`
		} `json:"evidence"`
	}
	if e.Erased || json.Unmarshal(e.Event, &event) != nil {
		return nil
	}
	all := []named{
		{"event", event.RefersTo, "refers_to"},
		{"shown page", event.Evidence.Shown, "evidence/shown"},
		{"shown page", event.Evidence.Confirmation.Shown, "evidence/confirmation/shown"},
	}
	for _, r := range append(event.Evidence.Purposes, event.Evidence.Wordings...) {
		all = append(all, named{"wording", r.Hash, "evidence/wordings"})
	}
	return slices.DeleteFunc(all, func(n named) bool { return n.name == "" })
}
