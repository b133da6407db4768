package provision

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Resolve says of a hand-over that nobody knew the end of whether the data arrived.
// Until then it counts as provided. That nothing did is believed on evidence alone, of a person
// who neither planned the run nor fetched its data, and never where they were read to their end.
// Of the run only id and workspace count.
func (s *Runs) Resolve(ctx context.Context, by account.By, of Run, didArrive bool, evidence string, now time.Time) error {
	evidence = strings.TrimSpace(evidence)
	if len(evidence) > mostText || !tells(evidence) {
		return failed("resolve", fault.Bad("evidence", "provision.step.evidence"))
	}
	state, at := NotGiven, time.Time{}
	if didArrive {
		state, at = Given, now
	}
	return failed("resolve", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.Book.accounts.Require(ctx, tx, by, of.Workspace, account.ApproveAmber); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, of.Workspace, of.ID)
		if err != nil {
			return err
		}
		if !didArrive {
			if err := s.mayDeny(ctx, tx, by, run); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, sqlResolve, string(state), store.Micros(at), evidence, store.Micros(now), of.ID, of.Workspace)
		if err == nil && n == 0 {
			err = fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
		}
		if err != nil {
			return err
		}
		if !didArrive {
			if err := s.Book.oweOthers(ctx, tx, run); err != nil {
				return err
			}
		}
		run.Reason = evidence
		return s.note(ctx, tx, by, run.subject("provision.run.resolve", map[string]any{"arrived": didArrive}), now)
	}))
}

// mayDeny asks whether somebody may say that nothing of a run arrived.
func (s *Runs) mayDeny(ctx context.Context, r store.Reader, by account.By, run Run) error {
	other := fault.New(fault.Refused, "provision.run.deny_second")
	if id := by.Operator(); id == 0 || id == run.CreatedBy {
		return other
	}
	all, err := s.Attempts(ctx, r, run.ID)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Outcome == arrived || a.Detail == readWhole {
			return fault.New(fault.Refused, "provision.run.was_read")
		}
		if a.Actor.Kind == account.ActorSystem || a.Outcome == notSent {
			continue
		}
		fetcher, err := s.Book.accounts.Behind(ctx, r, account.By{Actor: a.Actor}, run.Workspace)
		if err != nil {
			return err
		}
		if fetcher == 0 || fetcher == by.Operator() { // of who sat at the machine nobody knows
			return other
		}
	}
	return nil
}

// leastEvidence is how many letters and digits a piece of evidence has at least.
const leastEvidence = 4

// tells says whether a text can be evidence: not a word that says that there is none.
func tells(evidence string) bool {
	switch strings.ToLower(strings.Trim(evidence, " 　。.")) {
	case "特になし", "特に無し", "ありません", "わからない", "分からない", "none", "nothing", "unknown", "no evidence":
		return false
	}
	n := 0
	for _, c := range evidence {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
	}
	return n >= leastEvidence
}
