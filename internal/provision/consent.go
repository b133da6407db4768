package provision

import (
	"context"
	"maps"
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
// withdrawal. Words are only added; the latest counts.
type Agreement struct {
	Contact int64
	// Recipient is 0 for everybody whom the programme names.
	Recipient int64
	Given     bool
	// Abroad says that the person was told the country, its law and the recipient's
	// measures (APPI 28(2)).
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
// future, or of a wording that the programme has not, is refused.
func (s *Runs) Agree(ctx context.Context, by account.By, of Programme, words []Agreement, now time.Time) error {
	if len(words) > MostAgreements {
		return failed("agree", fault.Bad("people", "provision.data.many"))
	}
	for i := range words {
		if err := firstOf(of.mayHear(&words[i]), words[i].check(now)); err != nil {
			return failed("agree", err)
		}
	}
	args := make([]any, 0, len(words)*agreementWidth)
	return failed("agree", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if by.Actor.Kind == account.ActorOperator { // whoever hears a word may write it down
			if err := s.Book.accounts.Require(ctx, tx, by, of.Workspace, account.RecordRefusal); err != nil {
				return err
			}
		}
		if err := knownHere(ctx, tx, of.Workspace, words); err != nil {
			return err
		}
		args = args[:0]
		for _, w := range words {
			id, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			args = append(args, id, of.Workspace, of.ID, w.Contact, w.Recipient, w.Given, w.Abroad, w.Version, store.Micros(w.On), w.Evidence,
				store.Micros(now), by.Actor.ID)
		}
		if err := tx.InsertRows(ctx, sqlAddAgreements, "", agreementWidth, args); err != nil {
			return err
		}
		return s.Book.note(ctx, tx, by, of, act{"provision.agree", map[string]any{"people": len(words)}, now})
	}))
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

// knownHere refuses words of persons, or for recipients, whom the workspace does not have:
// fault.NotFound. It asks once, however many there are.
func knownHere(ctx context.Context, r store.Reader, workspace int64, words []Agreement) error {
	people, recipients := map[int64]bool{}, map[int64]bool{}
	for _, w := range words {
		people[w.Contact] = true
		if w.Recipient != 0 {
			recipients[w.Recipient] = true
		}
	}
	var n int
	err := r.QueryRow(ctx, sqlCountPeople, workspace, store.In(slices.Collect(maps.Keys(people)))).Scan(&n)
	if err == nil && n == len(people) && len(recipients) > 0 {
		people = recipients
		err = r.QueryRow(ctx, sqlCountRecipients, workspace, store.In(slices.Collect(maps.Keys(recipients)))).Scan(&n)
	}
	if err == nil && n != len(people) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return err
}
