package provision

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// HandOver has a data set brought to its target once more; for a run that is prepared,
// or of which nobody knows whether it arrived.
func (s *Runs) HandOver(ctx context.Context, by account.By, workspace, id int64, now time.Time) error {
	return failed("hand over", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.may(ctx, tx, by, workspace); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		if run.State != Prepared && run.State != Uncertain && run.State != Handing || run.To.Target.Kind == ByFile {
			return fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
		}
		if run.lapsed(now) {
			return fault.New(fault.Refused, keyLapsed)
		}
		next, err := s.Jobs.Enqueue(ctx, tx, job.New{Workspace: workspace, Kind: jobHand, Payload: order{Run: id}, CreatedBy: by.Operator()})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSetJob, next, store.Micros(now), id); err != nil {
			return err
		}
		return s.note(ctx, tx, by, run.subject("provision.run.hand", nil), now)
	}))
}

// system is the program itself.
var system = account.By{Actor: account.Actor{Kind: account.ActorSystem}}

// hand is the handler of the jobs that bring data sets to their targets.
func (s *Runs) hand(ctx context.Context, j *job.Run) error {
	run, err := s.ordered(ctx, j)
	if err != nil || run.State != Prepared && run.State != Handing && run.State != Uncertain {
		return err
	}
	_, secrets, err := s.recipient(ctx, s.Book.db, run.Workspace, run.Recipient)
	if err != nil {
		return err
	}
	return s.handOnce(ctx, run, secrets, j.Now())
}

// handOnce brings a data set to its target and notes what came of it.
func (s *Runs) handOnce(ctx context.Context, run Run, secrets Secrets, now time.Time) error {
	p, err := s.begin(ctx, system, run.Workspace, run.ID, now)
	if err != nil {
		return errors.Join(err, s.blocked(ctx, run, err, now))
	}
	proof, sent, err := s.carry(ctx, p, secrets)
	switch {
	case err == nil:
		return s.end(ctx, p, arrived, proof, now)
	case ctx.Err() != nil && sent: // the program is stopped: whoever begins anew calls this one uncertain
		return err
	case sent:
		return errors.Join(err, s.end(ctx, p, uncertain, keyOf(err), now))
	}
	return errors.Join(err, s.end(ctx, p, notSent, keyOf(err), now))
}

// blocked notes on the run why its data set does not leave, unless the run went on meanwhile:
// who resolved or discarded it is not to be overruled by an attempt that never began.
func (s *Runs) blocked(ctx context.Context, run Run, why error, now time.Time) error {
	if fault.Temporary(why) || ctx.Err() != nil {
		return nil
	}
	return s.Book.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlBlocked, keyOf(why), store.Micros(now), run.ID, string(run.State))
		return err
	})
}

// carry brings a data set to its target and returns the proof of its arrival. sent says
// of an error that octets of it may have got there.
func (s *Runs) carry(ctx context.Context, p *parcel, x Secrets) (proof string, sent bool, err error) {
	switch p.run.To.Target.Kind {
	case BySFTP:
		return carrySFTP(ctx, p, x)
	case ByHTTPS:
		return s.carryHTTPS(ctx, p, x)
	}
	return "", false, fault.New(fault.Refused, "provision.run.target")
}
