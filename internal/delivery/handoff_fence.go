package delivery

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
)

// ruleStale is the gate's no to everybody when it knows too little. It says
// nothing about the person, so the message waits.
const ruleStale law.RuleID = "GATE-01"

// errHalted says that the campaign was paused or stopped.
var errHalted = errors.New("delivery: the campaign is halted")

// fence is the gate at the two moments on the wire, with the durable intent
// between the last look and the dot.
type fence struct {
	engine  *Engine
	job     job
	session *smtp.Session
	hold    *gate.Hold
	// wasCut says that a refusal, or a gate gone stale, ended the writing.
	wasCut atomic.Bool
	// no is why the fence withheld the mail; refusal the gate's part of it.
	no      error
	refusal *gate.Refusal
}

// BeforeMail implements smtp.Fence.
func (f *fence) BeforeMail(context.Context) error {
	return f.keep(f.look())
}

func (f *fence) look() error {
	e := f.engine
	if e.isHalted(f.job.row.Campaign) {
		return errHalted
	}
	return e.Gate.BeforeMail(f.job.permit, e.Clock())
}

// BeforeDot implements smtp.Fence. The intent comes first: it may take
// milliseconds, and the gate's answer must be the last thing before the dot.
func (f *fence) BeforeDot(ctx context.Context) (func(), error) {
	e := f.engine
	if err := f.look(); err != nil { // spares the intent
		_ = f.keep(err)
		if f.refusal != nil {
			f.refusal.Stage = gate.Dot
		}
		return nil, err
	}
	if err := e.journal.intend(ctx, f.job.row.place()); err != nil {
		return nil, f.keep(err)
	}
	if e.isHalted(f.job.row.Campaign) {
		return nil, f.keep(errHalted)
	}
	hold, err := e.Gate.BeforeDot(f.job.permit, e.Clock(), f.cut)
	if err != nil {
		return nil, f.keep(err)
	}
	f.hold = hold
	return hold.Written, nil
}

// cut is called by the gate while the message is being written.
func (f *fence) cut() {
	f.wasCut.Store(true)
	f.session.CutWriting()
}

func (f *fence) keep(err error) error {
	f.no = err
	if no, ok := errors.AsType[*gate.Refusal](err); ok {
		f.refusal = no
	}
	return err
}

func withhold(w Leased, no *gate.Refusal) record {
	return record{row: w, outcome: Withheld, rule: string(no.Rule), stage: string(no.Stage), event: no.Event}
}

// newEvent is the event of a job's permit if it is not the one the row names.
func newEvent(j job) int64 {
	if event := j.permit.Event(); event != j.row.event {
		return event
	}
	return 0
}
