package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// AgreementPrefix is the public prefix of an agreement's id.
const AgreementPrefix = "pag"

// Agreement is a person's word on a provision: a consent (APPI 27(1), 28(1)) or its
// withdrawal. Words are only added; the latest counts, and of one day the withdrawal unless the
// times of day are known.
type Agreement struct {
	Contact int64
	// Recipient is 0 for everybody whom the programme names.
	Recipient int64
	Given     bool
	// Abroad says that the person was told the country, its law and the recipient's
	// measures (APPI 28(2)), by a version that tells them.
	Abroad bool
	// Version of the programme's items that the person read; 0 is unknown.
	Version int
	On      time.Time
	// Evidence is where it can be seen.
	Evidence string
}

// MostAgreements is how many words one call takes.
const MostAgreements = 1000

// Agree records what persons said about a programme. What is not evidenced, said in the
// future, or of a wording that the programme has not, is refused. A word that is written down
// already, the same in everything, is not written down again: whoever was cut off in the middle
// of many says them all once more.
func (s *Runs) Agree(ctx context.Context, by account.By, of Programme, words []Agreement, now time.Time) error {
	if len(words) > MostAgreements {
		return failed("agree", fault.Bad("people", "provision.data.many"))
	}
	if err := of.hears(); err != nil {
		return failed("agree", err)
	}
	for i := range words {
		if err := firstOf(of.mayHear(&words[i]), words[i].check(now)); err != nil {
			return failed("agree", amongWords(i, words, err))
		}
	}
	args := make([]any, 0, len(words)*agreementWidth)
	return failed("agree", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.mayWrite(ctx, tx, by, of.Workspace, words); err != nil {
			return err
		}
		if err := knownHere(ctx, tx, of.Workspace, words); err != nil {
			return err
		}
		if err := lockStops(ctx, tx, of.Workspace); err != nil {
			return err
		}
		words, err := unsaid(ctx, tx, of, words)
		if err != nil || len(words) == 0 {
			return err
		}
		args = args[:0]
		said := make([]Word, 0, len(words))
		for _, w := range words {
			id, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			args = append(args, id, of.Workspace, of.ID, w.Contact, w.Recipient, w.Given, w.Abroad, w.Version, store.Micros(w.On), w.Evidence,
				store.Micros(now), by.Actor.ID)
			said = append(said, Word{ID: id, Programme: of.ID, Agreement: w})
		}
		if err := tx.InsertRows(ctx, sqlAddAgreements, "", agreementWidth, args); err != nil {
			return err
		}
		if err := s.tellWithdrawn(ctx, tx, of, said, now); err != nil {
			return err
		}
		return s.Book.note(ctx, tx, by, of, act{"provision.agree", map[string]any{"people": len(words)}, now})
	}))
}

// unsaid are the words of which none is written down yet. Of one that stands twice among them the
// first is kept.
func unsaid(ctx context.Context, r store.Reader, of Programme, words []Agreement) ([]Agreement, error) {
	people := make([]int64, len(words))
	for i := range words {
		people[i] = words[i].Contact
	}
	before, err := readWords(r.Query(ctx, sqlWordsAmong, of.ID, store.In(people)))
	if err != nil {
		return nil, err
	}
	said := make(map[Agreement]bool, len(before))
	for _, w := range before {
		said[w.same()] = true
	}
	out := make([]Agreement, 0, len(words))
	for _, w := range words {
		if !said[w.same()] {
			said[w.same()] = true
			out = append(out, w)
		}
	}
	return out, nil
}

// same is the word with its time as it is stored, so that two can be compared.
func (w Agreement) same() Agreement {
	w.On = store.Time(store.Micros(w.On))
	return w
}

// mayWrite lets whoever hears a withdrawal write it down, and consents those who keep
// people's data or answer for them.
func (s *Runs) mayWrite(ctx context.Context, r store.Reader, by account.By, workspace int64, words []Agreement) error {
	if by.Actor.Kind != account.ActorOperator {
		return nil // a key's scope was asked for, and the machine's own user may do all
	}
	if !slices.ContainsFunc(words, func(w Agreement) bool { return w.Given }) {
		return s.Book.accounts.Require(ctx, r, by, workspace, account.RecordRefusal)
	}
	err := s.Book.accounts.Require(ctx, r, by, workspace, account.EditContacts)
	if fault.Is(err, fault.Refused) {
		return s.Book.accounts.Require(ctx, r, by, workspace, account.Erase)
	}
	return err
}

// check refuses a word that nothing shows, or that was not yet said.
func (w *Agreement) check(now time.Time) error {
	w.Evidence = strings.TrimSpace(w.Evidence)
	var bad fault.Fields
	if w.Evidence == "" || len(w.Evidence) > mostText {
		bad.Add("evidence", "provision.step.evidence")
	}
	if w.On.IsZero() || w.On.After(now) {
		bad.Add("on", "provision.step.future")
	}
	return bad.Err()
}

// knownHere refuses words of persons, or for recipients, whom the workspace does not have, and
// says which. It asks once, however many there are.
func knownHere(ctx context.Context, r store.Reader, workspace int64, words []Agreement) error {
	var people, recipients []int64
	for _, w := range words {
		people = append(people, w.Contact)
		if w.Recipient != 0 {
			recipients = append(recipients, w.Recipient)
		}
	}
	knownPeople, err := store.IDs(r.Query(ctx, sqlKnownPeople, workspace, store.In(people)))
	if err != nil {
		return err
	}
	knownRecipients, err := store.IDs(r.Query(ctx, sqlKnownRecipients, workspace, store.In(recipients)))
	if err != nil {
		return err
	}
	var bad fault.Fields
	for i, w := range words {
		if !slices.Contains(knownPeople, w.Contact) {
			bad.Add(among(i, words, "contact"), "provision.agreement.contact")
		}
		if w.Recipient != 0 && !slices.Contains(knownRecipients, w.Recipient) {
			bad.Add(among(i, words, "recipient"), "provision.agreement.recipient")
		}
	}
	return bad.Err()
}

// amongWords says of which word an error is.
func amongWords(i int, words []Agreement, err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	var bad fault.Fields
	for _, f := range e.Fields {
		bad.Add(among(i, words, f.Name), f.Key, f.Args...)
	}
	return bad.Err()
}

// among is the name of a field of one of several words, as the interface has them.
func among(i int, words []Agreement, name string) string {
	if len(words) == 1 {
		return name
	}
	return fmt.Sprintf("people[%d].%s", i, name)
}
