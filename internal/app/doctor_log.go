package app

import (
	"context"
	"log/slog"

	"golang.org/x/mod/sumdb/note"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// examineLogs checks the signature on the newest checkpoint of every consent log.
func (e *examined) examineLogs(ctx context.Context, key *keyring.Ring) {
	if key == nil {
		return // said already
	}
	all, err := e.accounts().Workspaces(ctx, e.db)
	if err != nil {
		e.say(Bad, "log", "unreadable")
		return
	}
	log := consent.New(e.db, key, slog.New(slog.DiscardHandler))
	for _, w := range all {
		head, err := log.Head(ctx, e.db, w.ID)
		switch {
		case err != nil:
			e.say(Bad, "log", "unreadable")
		case head.Size == 0:
			e.say(Well, "log", "none", "Name", w.Name)
		case !signed(head):
			e.say(Bad, "log", "forged", "Name", w.Name)
		default:
			e.say(Well, "log", "ok", "Name", w.Name, "Size", head.Size)
		}
	}
}

func signed(head consent.Checkpoint) bool {
	v, err := note.NewVerifier(head.VerifierKey)
	if err != nil {
		return false
	}
	_, err = note.Open([]byte(head.Note), note.VerifierList(v))
	return err == nil
}
