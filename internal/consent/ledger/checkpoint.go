package ledger

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Checkpoint is a signed head: at this time the log had this many leaves with
// this root.
type Checkpoint struct {
	// Origin names the log, as its key does.
	Origin string
	Size   int64
	Root   tlog.Hash
	// At is when it was signed, to the second.
	At time.Time
	// Note is the signed text.
	Note string
}

// Tree is the tree the checkpoint stands for.
func (c Checkpoint) Tree() tlog.Tree { return tlog.Tree{N: c.Size, Hash: c.Root} }

// sign writes the checkpoint as a note: origin, size, root in base64, and the
// time as an extension line.
func (c *Checkpoint) sign(signer note.Signer) error {
	text := fmt.Sprintf("%s\n%d\n%s\ntime %s\n", c.Origin, c.Size, c.Root, c.At.UTC().Format(time.RFC3339))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return fmt.Errorf("ledger: sign checkpoint: %w", err)
	}
	c.Note = string(signed)
	return nil
}

// OpenCheckpoint reads a signed checkpoint and checks its signature.
func OpenCheckpoint(text string, key note.Verifier) (Checkpoint, error) {
	bad := func(err error) (Checkpoint, error) {
		return Checkpoint{}, fault.Wrap(fault.Invalid, err, "consent.checkpoint.bad")
	}
	n, err := note.Open([]byte(text), note.VerifierList(key))
	if err != nil {
		return bad(err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 || lines[0] != key.Name() || lines[4] != "" {
		return bad(fmt.Errorf("ledger: not a checkpoint of %s", key.Name()))
	}
	c := Checkpoint{Origin: lines[0], Note: text}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size <= 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return bad(fmt.Errorf("ledger: checkpoint size %q", lines[1]))
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return bad(fmt.Errorf("ledger: checkpoint root %q", lines[2]))
	}
	copy(c.Root[:], root)
	if c.At, err = time.Parse("time "+time.RFC3339, lines[3]); err != nil {
		return bad(err)
	}
	return c, nil
}
