package consent

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// TextRef names a version of a text that was shown.
type TextRef struct {
	Key     string `json:"key"`
	Version int64  `json:"version"`
	// Hash is the wording's hash in hex, see Wording.
	Hash string `json:"hash,omitempty"`
	// Lang is the language it was shown in.
	Lang string `json:"lang,omitempty"`
}

// Confirmation is what is known about the confirming press of a double opt-in.
type Confirmation struct {
	// Message is the outbox row of the mail that asked.
	Message int64
	// SentAt is when it was handed over, PressedAt when the button was pressed.
	SentAt, PressedAt  time.Time
	Network, UserAgent string
	// Shown is the hex hash of the page with the button.
	Shown string
}

// Evidence is everything about an event that identifies a person or shows what
// the person saw (product research, 7.12). It stands beside the log and can be
// destroyed. Empty fields are not stored.
type Evidence struct {
	// Address is the address as typed.
	Address string
	// Network is the remote address, shortened by the caller.
	Network, UserAgent string
	// Page is where the form stood, Referrer where the person came from.
	Page, Referrer, Lang string
	Form, FormVersion    int64
	// Shown is the hex hash of the page that was shown, see KeepShown.
	Shown              string
	Purposes, Wordings []TextRef
	PolicyURL          string
	// Boxes are the boxes on the form, and which were ticked.
	Boxes map[string]bool
	// Frequency is the promise as it was shown.
	Frequency string
	// Message is the outbox row of the message the act came from.
	Message      int64
	Signup       int64
	Confirmation *Confirmation
	// File, FileHash (hex SHA-256) and Line name the imported row.
	File, FileHash string
	Line           int
	// Facts are what the basis rests on besides the person's word; they also stand in
	// consent_basis, for the gate.
	Facts *contact.BasisFacts
	// Source and Reason are an operator's words; Note is for what fits nowhere else.
	Source, Reason, Note string
	// Rule is the rule of law by which a refusal was recorded that came in another way than
	// by the person's own hand (OUT-04, OUT-05, OUT-12).
	Rule string
}

// maxEvidence is the longest stored evidence, in bytes: it holds references, and
// the texts themselves are stored once.
const maxEvidence = 64 << 10

type confirmationJSON struct {
	Message   string `json:"message,omitempty"`
	SentAt    string `json:"sent_at,omitempty"`
	PressedAt string `json:"pressed_at,omitempty"`
	Network   string `json:"network,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	Shown     string `json:"shown,omitempty"`
}

// evidenceJSON is the stored form: ids are opaque, times are text.
type evidenceJSON struct {
	Address      string            `json:"address,omitempty"`
	Network      string            `json:"network,omitempty"`
	UserAgent    string            `json:"user_agent,omitempty"`
	Page         string            `json:"page,omitempty"`
	Referrer     string            `json:"referrer,omitempty"`
	Lang         string            `json:"lang,omitempty"`
	Form         string            `json:"form,omitempty"`
	FormVersion  string            `json:"form_version,omitempty"`
	Shown        string            `json:"shown,omitempty"`
	Purposes     []TextRef         `json:"purposes,omitempty"`
	Wordings     []TextRef         `json:"wordings,omitempty"`
	PolicyURL    string            `json:"policy_url,omitempty"`
	Boxes        map[string]bool   `json:"boxes,omitempty"`
	Frequency    string            `json:"frequency,omitempty"`
	Message      string            `json:"message,omitempty"`
	Signup       string            `json:"signup,omitempty"`
	Confirmation *confirmationJSON `json:"confirmation,omitempty"`
	File         string            `json:"file,omitempty"`
	FileHash     string            `json:"file_hash,omitempty"`
	Line         int               `json:"line,omitempty"`
	Source       string            `json:"source,omitempty"`
	Reason       string            `json:"reason,omitempty"`
	Note         string            `json:"note,omitempty"`
	Rule         string            `json:"rule,omitempty"`

	Facts *contact.BasisFacts `json:"basis,omitempty"`
}

func encodeEvidence(v *Evidence) (string, error) {
	j := evidenceJSON{
		Address: v.Address, Network: v.Network, UserAgent: v.UserAgent, Page: v.Page, Referrer: v.Referrer,
		Lang: v.Lang, Form: public("frm", v.Form), FormVersion: public("frv", v.FormVersion), Shown: v.Shown,
		Purposes: v.Purposes, Wordings: v.Wordings, PolicyURL: v.PolicyURL, Boxes: v.Boxes, Frequency: v.Frequency,
		Message: public("msg", v.Message), Signup: public("sgn", v.Signup), File: v.File, FileHash: v.FileHash,
		Line: v.Line, Source: v.Source, Reason: v.Reason, Note: v.Note, Rule: v.Rule, Facts: v.Facts,
	}
	if c := v.Confirmation; c != nil {
		j.Confirmation = &confirmationJSON{
			Message: public("msg", c.Message), SentAt: instant(c.SentAt), PressedAt: instant(c.PressedAt),
			Network: c.Network, UserAgent: c.UserAgent, Shown: c.Shown,
		}
	}
	text, err := json.Marshal(j)
	if err != nil {
		return "", fmt.Errorf("consent: encode evidence: %w", err)
	}
	if len(text) > maxEvidence {
		return "", fault.Bad("evidence", "consent.evidence.long", "Max", maxEvidence)
	}
	return string(text), nil
}

func decodeEvidence(text string) (Evidence, error) {
	var j evidenceJSON
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return Evidence{}, fmt.Errorf("consent: decode evidence: %w", err)
	}
	v := Evidence{
		Address: j.Address, Network: j.Network, UserAgent: j.UserAgent, Page: j.Page, Referrer: j.Referrer,
		Lang: j.Lang, Shown: j.Shown, Purposes: j.Purposes, Wordings: j.Wordings, PolicyURL: j.PolicyURL,
		Boxes: j.Boxes, Frequency: j.Frequency, File: j.File, FileHash: j.FileHash, Line: j.Line,
		Source: j.Source, Reason: j.Reason, Note: j.Note, Rule: j.Rule, Facts: j.Facts,
	}
	var p parser
	v.Form, v.FormVersion = p.id("frm", j.Form), p.id("frv", j.FormVersion)
	v.Message, v.Signup = p.id("msg", j.Message), p.id("sgn", j.Signup)
	if c := j.Confirmation; c != nil {
		v.Confirmation = &Confirmation{
			Message: p.id("msg", c.Message), SentAt: p.time(c.SentAt), PressedAt: p.time(c.PressedAt),
			Network: c.Network, UserAgent: c.UserAgent, Shown: c.Shown,
		}
	}
	return v, p.err
}

// parser reads ids and times and keeps the first error.
type parser struct{ err error }

func (p *parser) id(prefix, s string) int64 {
	if s == "" {
		return 0
	}
	id, err := store.ParsePublic(prefix, s)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("consent: decode evidence: %w", err)
	}
	return id
}

func (p *parser) time(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("consent: decode evidence: %w", err)
	}
	return t
}
