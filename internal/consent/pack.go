package consent

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/kyodaku/kyodaku/internal/consent/evidence"
	"github.com/kyodaku/kyodaku/internal/consent/ledger"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// SentMessage is a message to the person, for the pack's list.
type SentMessage struct {
	// ID is the outbox row, Event the consent event that permitted it.
	ID, Topic, Event      int64
	Class, Subject, Rules string
	PlannedAt, FinishedAt time.Time
	// Outcome is delivered, failed, withheld, uncertain …, Reason why not.
	Outcome, Reason, Reply string
}

// PackRequest asks for the evidence about one contact.
type PackRequest struct {
	Workspace, Contact int64
	// Lang is the language of index.html; the other stands beside it.
	Lang i18n.Lang
	Now  time.Time
	// Messages are the messages to the contact, in any order; nil is none.
	Messages iter.Seq2[SentMessage, error]
	// Texts may be nil; it is then loaded.
	Texts *i18n.Catalogue
}

// ExportPack writes a pack that proves what a contact agreed to and refused, see
// part evidence. It brings the log up to date first, so that nothing is missing;
// an unknown contact is fault.NotFound, a log in which nothing stands fault.Refused.
func (l *Log) ExportPack(ctx context.Context, w io.Writer, req PackRequest) error {
	if _, err := l.Sequence(ctx, req.Now); err != nil {
		return fmt.Errorf("consent: export pack: %w", err)
	}
	p := packing{l: l, ctx: ctx, req: req, topics: map[int64]Topic{}, seen: map[string]bool{}}
	for _, step := range []func() error{p.open, p.events, p.standing, p.messages} {
		if err := step(); err != nil {
			return fmt.Errorf("consent: export pack: %w", err)
		}
	}
	if err := evidence.Write(w, p.out); err != nil {
		return fmt.Errorf("consent: export pack: %w", err)
	}
	return nil
}

// Report is the outcome of verifying a pack.
type Report = evidence.Report

// VerifyPack checks a pack offline, against the log's public key as it was
// published; with "" only against the key in the pack. What is wrong is in the
// report; an error means that the pack could not be read.
func VerifyPack(r io.ReaderAt, size int64, trustedKey string) (Report, error) {
	return evidence.Verify(r, size, trustedKey)
}

// packing is a pack being put together.
type packing struct {
	l         *Log
	ctx       context.Context
	req       PackRequest
	out       evidence.Contents
	key       ledger.Key
	head      ledger.Checkpoint
	hashes    tlog.HashReader
	printer   *i18n.Printer
	addresses []packAddress
	topics    map[int64]Topic
	seen      map[string]bool
}

type packAddress struct {
	id             int64
	channel, shown string
	hash           []byte
}

// open reads sender, person, key and head.
func (p *packing) open() (err error) {
	if p.out.Texts = p.req.Texts; p.out.Texts == nil {
		if p.out.Texts, err = i18n.Load(); err != nil {
			return err
		}
	}
	p.printer = p.out.Texts.For(p.req.Lang)
	p.out.Lang = p.printer.Lang
	doc := &p.out.Document
	doc.CreatedAt = instant(p.req.Now)
	doc.Events, doc.Standing, doc.Checkpoints = []evidence.Event{}, []evidence.Standing{}, []evidence.Checkpoint{}
	doc.Shown, doc.Wordings, doc.Messages = []evidence.Shown{}, []evidence.Wording{}, []evidence.Message{}
	if err := p.parties(); err != nil {
		return err
	}
	p.key, err = ledger.ReadKey(p.ctx, p.l.db, p.l.ring, p.req.Workspace)
	if noSuch(err) { // nobody has ever said anything here, as where people are only held
		return fault.New(fault.Refused, "consent.pack.nothing")
	}
	if err != nil {
		return err
	}
	if p.head, err = ledger.Last(p.ctx, p.l.db, p.req.Workspace, p.key.Verifier); err != nil {
		return err
	}
	p.hashes = ledger.NewTiles(p.ctx, p.l.db, p.req.Workspace).Hashes(p.head.Tree())
	p.out.Checkpoint, p.out.Verifier, p.out.Signer = p.head.Note, p.key.Public, p.key.Signer
	doc.Log = evidence.Log{
		Origin: p.head.Origin, Verifier: p.key.Public, Size: p.head.Size, Root: p.head.Root.String(),
		At: p.head.At.UTC().Format(time.RFC3339),
	}
	return nil
}

// events adds every event up to the head, with its proofs and texts.
func (p *packing) events() error {
	for e, err := range p.l.History(p.ctx, p.l.db, Of{Workspace: p.req.Workspace, Contact: p.req.Contact}) {
		if err != nil {
			return err
		}
		if e.Seq < 0 || e.Seq >= p.head.Size {
			continue // came after the head was taken
		}
		if err := p.event(&e); err != nil {
			return err
		}
	}
	return nil
}

func (p *packing) event(e *Entry) error {
	proof, err := tlog.ProveRecord(p.head.Size, e.Seq, p.hashes)
	if err != nil {
		return fmt.Errorf("prove event %d: %w", e.ID, err)
	}
	out := evidence.Event{
		Seq: e.Seq, Event: e.Encoding(), Erased: e.Erased, Salt: hex.EncodeToString(e.salt),
		Commitment: hex.EncodeToString(e.Commitment), Inclusion: texts(proof),
	}
	if e.Erased {
		out.Event = canonical(nil, &e.Event, "{}")
	}
	doc := &p.out.Document
	doc.Events = append(doc.Events, out)
	if err := p.checkpoint(e.Seq); err != nil {
		return err
	}
	if err := p.shown(e); err != nil {
		return err
	}
	if err := p.wordings(e); err != nil {
		return err
	}
	return p.recordEvent(e)
}

// checkpoint adds the signed head under which a leaf entered the log.
func (p *packing) checkpoint(seq int64) error {
	c, err := ledger.Covering(p.ctx, p.l.db, p.req.Workspace, seq+1, p.key.Verifier)
	if err != nil {
		return err
	}
	if !p.first("checkpoint", fmt.Sprint(c.Size)) {
		return nil
	}
	proof, err := tlog.ProveTree(p.head.Size, c.Size, p.hashes)
	if err != nil {
		return fmt.Errorf("prove checkpoint %d: %w", c.Size, err)
	}
	doc := &p.out.Document
	doc.Checkpoints = append(doc.Checkpoints, evidence.Checkpoint{Note: c.Note, Consistency: texts(proof)})
	return nil
}

// first says whether a thing of a kind is met for the first time.
func (p *packing) first(kind, name string) bool {
	key := kind + " " + name
	was := p.seen[key]
	p.seen[key] = true
	return !was
}

// texts writes a proof as text.
func texts[P ~[]tlog.Hash](proof P) []string {
	out := make([]string, len(proof))
	for i, h := range proof {
		out[i] = h.String()
	}
	return out
}

// shown adds the pages that an event refers to. A page that was never stored is
// left out; its hash still stands in the event.
func (p *packing) shown(e *Entry) error {
	hashes := []string{e.Evidence.Shown}
	if c := e.Evidence.Confirmation; c != nil {
		hashes = append(hashes, c.Shown)
	}
	for _, hash := range hashes {
		if hash == "" || !p.first("shown", hash) {
			continue
		}
		s, err := p.l.ShownByHash(p.ctx, p.l.db, p.req.Workspace, hash)
		if noSuch(err) {
			continue
		}
		if err != nil {
			return err
		}
		file := "shown/" + hash + ".html"
		doc := &p.out.Document
		doc.Shown = append(doc.Shown, evidence.Shown{Hash: hash, Kind: s.Kind, Lang: string(s.Lang), File: file})
		p.out.Pages = append(p.out.Pages, evidence.Page{File: file, Body: s.Body})
	}
	return nil
}

// wordings adds the texts that an event refers to.
func (p *packing) wordings(e *Entry) error {
	for _, k := range []WordingKind{WordingPurpose, WordingConsent} {
		refs := e.Evidence.Wordings
		if k == WordingPurpose {
			refs = e.Evidence.Purposes
		}
		for _, ref := range refs {
			if !p.first("wording", fmt.Sprint(k, ref.Key, " ", ref.Version)) {
				continue
			}
			w, err := p.l.WordingVersion(p.ctx, p.l.db, p.req.Workspace, k, ref)
			if noSuch(err) {
				continue
			}
			if err != nil {
				return err
			}
			doc := &p.out.Document
			doc.Wordings = append(doc.Wordings, evidence.Wording{
				Kind: string(w.Kind), Key: w.Key, Version: w.Version, TextJa: w.TextJa, TextEn: w.TextEn, Hash: hex.EncodeToString(w.Hash),
			})
		}
	}
	return nil
}

func (p *packing) messages() error {
	if p.req.Messages == nil {
		return nil
	}
	for m, err := range p.req.Messages {
		if err != nil {
			return err
		}
		if err := p.purpose(m.Topic); err != nil {
			return err
		}
		doc := &p.out.Document
		doc.Messages = append(doc.Messages, evidence.Message{
			ID: public("msg", m.ID), Class: m.Class, Topic: public("tpc", m.Topic), Subject: m.Subject, Event: public("evt", m.Event),
			Rules: m.Rules, PlannedAt: instant(m.PlannedAt), FinishedAt: instant(m.FinishedAt), Outcome: m.Outcome,
			Reason: m.Reason, Reply: m.Reply,
		})
	}
	return nil
}
