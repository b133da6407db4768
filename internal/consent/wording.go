package consent

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent/ledger"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// WordingKind is what a text is for.
type WordingKind string

// The kinds of wording.
const (
	// WordingPurpose says what personal data is used for (利用目的).
	WordingPurpose WordingKind = "purpose"
	// WordingConsent is the sentence that people agree to.
	WordingConsent WordingKind = "consent"
)

// Wording is one version of a text that people agree to. A version never changes.
type Wording struct {
	ID, Workspace  int64
	Kind           WordingKind
	Key            string
	Version        int64
	TextJa, TextEn string
	// Hash is what evidence refers to the version by, see ledger.WordingHash.
	Hash      []byte
	CreatedAt time.Time
	CreatedBy int64
}

// Text is the text in a language, or in the other if it has none there.
func (w Wording) Text(lang i18n.Lang) string { return pick(lang, w.TextJa, w.TextEn) }

// Ref names this version in the evidence of an event.
func (w Wording) Ref(lang i18n.Lang) TextRef {
	return TextRef{Key: w.Key, Version: w.Version, Hash: hex.EncodeToString(w.Hash), Lang: string(lang)}
}

// AddWording adds the next version of a text. Two at once is fault.Exists for the
// later; a text equal to the current version is returned as it is.
func (l *Log) AddWording(ctx context.Context, tx *store.Tx, w Wording, now time.Time) (Wording, error) {
	if err := w.check(); err != nil {
		return Wording{}, fmt.Errorf("consent: add wording: %w", err)
	}
	current, err := l.Wording(ctx, tx, w.Workspace, w.Kind, w.Key)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Wording{}, err
	}
	if err == nil && current.TextJa == w.TextJa && current.TextEn == w.TextEn {
		return current, nil
	}
	w.Version, w.CreatedAt = current.Version+1, store.Time(store.Micros(now))
	if w.ID, err = tx.NewID(ctx); err != nil {
		return Wording{}, fmt.Errorf("consent: add wording: %w", err)
	}
	w.Hash = ledger.WordingHash(string(w.Kind), w.Key, w.Version, w.TextJa, w.TextEn)
	_, err = tx.Exec(ctx, sqlAddWording, w.ID, w.Workspace, string(w.Kind), w.Key, w.Version, w.TextJa, w.TextEn, w.Hash,
		store.Micros(now), w.CreatedBy)
	if err != nil {
		return Wording{}, fmt.Errorf("consent: add wording: %w", err)
	}
	return w, nil
}

func (w *Wording) check() error {
	var bad fault.Fields
	if w.Kind != WordingPurpose && w.Kind != WordingConsent {
		bad.Add("kind", "consent.wording.kind")
	}
	if !topicKeys.MatchString(w.Key) {
		bad.Add("key", "consent.key.form")
	}
	if strings.TrimSpace(w.TextJa+w.TextEn) == "" || len(w.TextJa) > maxText || len(w.TextEn) > maxText {
		bad.Add("text", "consent.wording.text")
	}
	return bad.Err()
}

// Wording reads the current version of a text; fault.NotFound if there is none.
func (l *Log) Wording(ctx context.Context, r store.Reader, workspace int64, k WordingKind, key string) (Wording, error) {
	return wordingOf(scanWording(r.QueryRow(ctx, sqlWording, workspace, string(k), key)))
}

// WordingVersion reads one version of a text; fault.NotFound if there is none.
func (l *Log) WordingVersion(ctx context.Context, r store.Reader, workspace int64, k WordingKind, ref TextRef) (Wording, error) {
	return wordingOf(scanWording(r.QueryRow(ctx, sqlWordingVersion, workspace, string(k), ref.Key, ref.Version)))
}

// WordingVersions lists all versions of a text, newest first.
func (l *Log) WordingVersions(ctx context.Context, r store.Reader, workspace int64, k WordingKind, key string) ([]Wording, error) {
	return wordings(r.Query(ctx, sqlWordingVersions, workspace, string(k), key))
}

// Wordings lists the current versions of all texts of a workspace.
func (l *Log) Wordings(ctx context.Context, r store.Reader, workspace int64) ([]Wording, error) {
	return wordings(r.Query(ctx, sqlWordings, workspace))
}

func wordings(rows *sql.Rows, err error) ([]Wording, error) {
	if err != nil {
		return nil, fmt.Errorf("consent: wordings: %w", err)
	}
	defer rows.Close()
	var list []Wording
	for rows.Next() {
		w, err := scanWording(rows)
		if err != nil {
			return nil, fmt.Errorf("consent: wordings: %w", err)
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

func wordingOf(w Wording, err error) (Wording, error) {
	if err != nil {
		return Wording{}, fmt.Errorf("consent: wording: %w", err)
	}
	return w, nil
}

func scanWording(row scanner) (Wording, error) {
	var w Wording
	var created int64
	err := row.Scan(&w.ID, &w.Workspace, &w.Kind, &w.Key, &w.Version, &w.TextJa, &w.TextEn, &w.Hash, &created, &w.CreatedBy)
	w.CreatedAt = store.Time(created)
	return w, err
}

// Shown is a page or mail as a person was shown it, word for word, kept once per
// distinct text.
type Shown struct {
	Workspace int64
	// Hash is the SHA-256 of Body; KeepShown fills it in.
	Hash []byte
	// Kind says what it is: form, confirmation, mail, preference_centre.
	Kind        string
	Lang        i18n.Lang
	FormVersion int64
	Body        string
	FirstAt     time.Time
}

// KeepShown stores what is shown, unless it is stored already, and returns the hex
// hash that Evidence.Shown refers to it by. The body must hold nothing personal.
func (l *Log) KeepShown(ctx context.Context, tx *store.Tx, s Shown, now time.Time) (string, error) {
	sum := sha256.Sum256([]byte(s.Body))
	_, err := tx.Exec(ctx, sqlKeepShown, s.Workspace, sum[:], s.Kind, string(s.Lang), s.FormVersion, s.Body, store.Micros(now))
	if err != nil {
		return "", fmt.Errorf("consent: keep shown: %w", err)
	}
	return hex.EncodeToString(sum[:]), nil
}

// ShownByHash reads what was shown by its hex hash; fault.NotFound if it is unknown.
func (l *Log) ShownByHash(ctx context.Context, r store.Reader, workspace int64, hash string) (Shown, error) {
	raw, err := hex.DecodeString(hash)
	if err != nil {
		return Shown{}, fault.New(fault.NotFound, "fault.not_found")
	}
	s, first := Shown{Workspace: workspace}, int64(0)
	err = r.QueryRow(ctx, sqlShown, workspace, raw).Scan(&s.Hash, &s.Kind, &s.Lang, &s.FormVersion, &s.Body, &first)
	if err != nil {
		return Shown{}, fmt.Errorf("consent: shown: %w", err)
	}
	s.FirstAt = store.Time(first)
	return s, nil
}
