package provision

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Correction puts right what a step says, or takes the step back.
type Correction struct {
	Kind StepKind
	// On, Evidence and Elsewhere replace all that the step said; see Step.
	On                  time.Time
	Evidence, Elsewhere string
	// Void takes the step back: it never happened. What it would say instead does not count.
	Void bool
	// Reason is why; people outside do not read it.
	Reason string
}

// Correct puts a recorded step right; of the programme only its id and workspace count. What it
// said before stays and is told, see Step.Past. The same holds of the new words as of a step
// that is taken, against the steps on both sides; whether a notice is older than its record is
// asked of the day on which it was first recorded, so that nobody gains time by it. Only the
// last step of a version can be taken back, and be taken again; a notice only while nothing
// was provided by its version, for people would lose the page on which they ask for a stop.
func (b *Book) Correct(ctx context.Context, by account.By, of Programme, version int, c Correction, now time.Time) error {
	return failed("correct a step", b.db.Write(ctx, func(tx *store.Tx) error {
		if by.Actor.Kind != account.ActorAPIKey { // of these the edge has asked for their scope
			if err := b.accounts.Require(ctx, tx, by, of.Workspace, account.Erase); err != nil {
				return err
			}
		}
		if err := hold(ctx, tx, of.Workspace, of.ID); err != nil {
			return err
		}
		p, err := b.ByID(ctx, tx, of.Workspace, of.ID)
		if err != nil {
			return err
		}
		was, is, err := p.corrected(version, c, now)
		if err != nil {
			return err
		}
		if c.Void && c.Kind == Noticed {
			if err := noneProvided(ctx, tx, p.ID, version); err != nil {
				return err
			}
		}
		reason := strings.TrimSpace(c.Reason)
		if err := b.addStep(ctx, tx, by, saying{Programme: p.ID, Version: version, Step: is, Void: c.Void, Reason: reason, At: now}); err != nil {
			return err
		}
		detail := map[string]any{"version": version, "step": c.Kind, "before": said(was)}
		if detail["void"] = c.Void; !c.Void {
			detail["after"] = said(is)
		}
		return b.accounts.Audit(ctx, tx, account.Entry{
			Workspace: p.Workspace, Actor: by.Actor, Network: by.Network, Action: "provision.step.correct",
			Subject: account.Subject{Kind: "provision_programme", ID: p.ID}, Reason: reason, Detail: detail,
		}, now)
	}))
}

// said is what the audit log is told of a step.
func said(s Step) map[string]any {
	return map[string]any{"on": s.On, "evidence": s.Evidence, "elsewhere": s.Elsewhere}
}

// corrected is a step of a version before and after a correction.
func (p Programme) corrected(version int, c Correction, now time.Time) (was, is Step, err error) {
	v, _, err := p.place(version, c.Kind)
	if err != nil {
		return was, is, err
	}
	at := v.did(c.Kind)
	if at == nil {
		return was, is, fault.Bad("kind", "provision.correction.none")
	}
	var bad fault.Fields
	if blank(c.Reason) || broken(c.Reason) {
		bad.Add("reason", "provision.correction.reason")
	}
	was, is = *at, *at
	if c.Void {
		if _, after := p.around(v, c.Kind); after != nil {
			bad.Add("void", "provision.correction.last")
		}
		return was, is, bad.Err()
	}
	is.On, is.Evidence, is.Elsewhere = c.On, strings.TrimSpace(c.Evidence), c.Elsewhere
	p.object(v, is, now, &bad)
	if err := bad.Err(); err != nil {
		return was, is, err
	}
	if is.On.Equal(was.On) && is.Evidence == was.Evidence && is.Elsewhere == was.Elsewhere {
		err = fault.New(fault.Exists, "provision.correction.same")
	}
	return was, is, err
}

// noneProvided refuses where data may have gone out by a version.
func noneProvided(ctx context.Context, r store.Reader, programme int64, version int) error {
	var n int64
	err := r.QueryRow(ctx, sqlHandedBy, programme, version).Scan(&n)
	if err == nil && n > 0 {
		err = fault.Bad("void", "provision.correction.provided")
	}
	return err
}
