package provision

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Word is an agreement as it was written down.
type Word struct {
	Agreement
	ID, Programme int64
	// At is when it was written down, By the operator who did; 0 or nobody's for programs.
	At time.Time
	By int64
}

// WordsMost is how many words one page of a list has.
const WordsMost = 100

// Words lists what was said of a programme, what was written down last first, from before
// an id; 0 begins at the top. A page holds at most 100.
func (s *Runs) Words(ctx context.Context, r store.Reader, of Programme, before int64) ([]Word, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	return readWords(r.Query(ctx, sqlWords, of.ID, of.Workspace, before, WordsMost))
}

// WordsOf lists what a person said, of every programme, what was said last first. What
// was said by those who were merged into the person counts as theirs.
func (s *Runs) WordsOf(ctx context.Context, r store.Reader, workspace, person int64) ([]Word, error) {
	all, err := s.Book.people.With(ctx, r, person)
	if err != nil {
		return nil, failed("words of", err)
	}
	return readWords(r.Query(ctx, sqlWordsOf, store.In(all), workspace))
}

func readWords(rows *sql.Rows, err error) ([]Word, error) {
	if err != nil {
		return nil, failed("words", err)
	}
	defer rows.Close()
	var out []Word
	for rows.Next() {
		var w Word
		var on, at int64
		err := rows.Scan(&w.ID, &w.Programme, &w.Contact, &w.Recipient, &w.Given, &w.Abroad, &w.Version, &on, &w.Evidence, &at, &w.By)
		if err != nil {
			return nil, failed("words", err)
		}
		w.On, w.At = store.Time(on), store.Time(at)
		out = append(out, w)
	}
	return out, failed("words", rows.Err())
}

// Stands says whether a consent is withdrawn by none of a person's words: of those about
// one programme, with later ones first, as WordsOf lists them.
func (w Word) Stands(all []Word) bool {
	for _, v := range all {
		if v.ID == w.ID {
			break // what comes now was said before
		}
		if v.Programme == w.Programme && !v.Given && (v.Recipient == 0 || v.Recipient == w.Recipient) {
			return false
		}
	}
	return w.Given
}

// bearingNow is that of all items of a programme as it is.
func (p Programme) bearingNow() bearing {
	v := p.InForce()
	if v == nil {
		v = p.latest()
	}
	if v == nil {
		v = &Version{Items: p.Draft}
	}
	return p.bearing(v, v.Items.fields(), func(i Items) bool { return i.meansAll(v.Items) })
}

// Bears says whether a consent bears the programme as it is, so long as it stands: one to another
// wording does not.
func (p Programme) Bears(w Word) bool {
	return w.Given && p.bearingNow().has(int64(w.Version), store.Micros(w.On))
}

// Consented counts the living people whose consent to a programme as it is stands, for
// whomever of its recipients.
func (s *Runs) Consented(ctx context.Context, r store.Reader, of Programme) (n int64, err error) {
	b := of.bearingNow()
	err = r.QueryRow(ctx, sqlConsented, of.ID, store.In(b.versions), b.since, of.ID, store.In(b.versions), b.since, of.ID, of.ID).Scan(&n)
	return n, failed("consented", err)
}

// AsksConsent says whether a run of the programme needs people's consent: by its class
// (APPI 27(1)), or for a recipient abroad (APPI 28(1)).
func (p Programme) AsksConsent() bool { return p.Class == Consent || p.Current().Terms.Foreign.Needed }

// hears refuses words about a programme none of whose wordings ever asked for consent: they would
// change nothing, and whoever wrote them down would believe that they did.
func (p Programme) hears() error {
	asked := func(v Version) bool { return v.Items.Terms.Foreign.Needed }
	if p.AsksConsent() || slices.ContainsFunc(p.Versions, asked) {
		return nil
	}
	return fault.New(fault.Refused, "provision.consent.unasked")
}

// mayHear refuses a word that the wording which it names does not bear out: one of a version
// that there is not, or one about a provision abroad whose wording says nothing of it.
func (p Programme) mayHear(w *Agreement) error {
	if w.Version < 0 || w.Version > len(p.Versions) {
		return fault.Bad("version", "provision.version.unknown")
	}
	if w.Given && w.Abroad {
		if w.Version == 0 {
			return fault.Bad("abroad", "provision.consent.abroad_version")
		}
		if told := p.Versions[w.Version-1].Items.Terms.Foreign; !told.Needed || told.empty() {
			return fault.Bad("abroad", "provision.consent.abroad", "N", w.Version)
		}
	}
	return nil
}

// CheckAgreement says what Agree would object to in a word, so that all words of a file can be
// looked at before the first is written down.
func (s *Runs) CheckAgreement(ctx context.Context, r store.Reader, of Programme, w *Agreement, now time.Time) error {
	return failed("check agreement", firstOf(of.hears(), of.mayHear(w), w.check(now), knownHere(ctx, r, of.Workspace, []Agreement{*w})))
}
