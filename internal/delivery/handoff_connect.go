package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// shortWait is how long a worker waits for its turn with a letter in hand; for
// longer the letter goes back.
const shortWait = 2 * time.Second

// admit waits for leave to send one mail over the session, or over one that is to
// be opened. False: the job went back.
func (h *handler) admit(ctx context.Context, j job) bool {
	e := h.engine
	if h.outlet != nil && !h.keeps(j.row.Domain) {
		h.hangUp()
	}
	if h.outlet == nil {
		o, until := h.lane.choose(e.Clock())
		if o == nil {
			h.later(j, until)
			return false
		}
		h.outlet = o
	}
	for {
		wait := h.outlet.take(e.Clock())
		if wait <= 0 {
			return true
		}
		if wait > shortWait || !e.wait(ctx, wait) {
			h.later(j, e.Clock().Add(wait))
			return false
		}
	}
}

// later gives a job back that has no leave before a time. A lane of one source
// rests as a whole.
func (h *handler) later(j job, until time.Time) {
	e := h.engine
	if until.IsZero() {
		e.giveBack(j.row, e.Clock())
		return
	}
	if len(h.lane.outlets) == 1 {
		h.lane.rest(until)
	}
	h.hangUp()
	e.giveBack(j.row, until)
}

// wait sleeps, unless the engine stops.
func (e *Engine) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-e.stopped:
	}
	return false
}

// keeps says whether the session goes on with a mail for a domain.
func (h *handler) keeps(domain string) bool {
	if h.session == nil || !h.session.Usable() {
		return false
	}
	now := h.engine.Clock()
	most := h.lane.manners.mostNames(h.outlet.control.Limits(now))
	return (h.domain == domain || h.engine.Router.SameServers(h.domain, domain)) &&
		(most == 0 || h.session.Transactions() < most) && !h.lane.crowded(h.outlet, now)
}

// errNoTargets is a defect of a Router: neither servers nor a reason.
var errNoTargets = errors.New("delivery: no server to connect to")

// connect opens a session for a domain where there is none, trying server after server.
func (h *handler) connect(ctx context.Context, domain string) error {
	if h.session != nil {
		return nil
	}
	targets, err := h.engine.Router.Targets(ctx, domain)
	if err != nil {
		return err
	}
	err = errNoTargets
	for _, t := range targets {
		if !h.outlet.source.fits(t) {
			continue
		}
		if err = h.dial(ctx, t); err == nil {
			h.domain = domain
			h.lane.reached()
			return nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return err
}

// dial opens a session and tells the controller how that went.
func (h *handler) dial(ctx context.Context, t smtp.Target) error {
	now := h.engine.Clock()
	s, err := smtp.Dial(ctx, h.outlet.source.of(t))
	sample := shape.Sample{Begun: now, Open: h.lane.openOf(h.outlet), Stage: smtp.StageConnect.String()}
	ended := h.engine.Clock()
	switch {
	case err == nil:
		h.session = s
		sample.Greeting = ended.Sub(now)
	case ctx.Err() != nil:
		return err
	default:
		met := reply.Met(smtp.Result{}, err, 0)
		sample.Verdict, sample.Broken = h.lane.manners.replies.Judge(met), true
		sample.Stage, sample.Reply = met.Stage.String(), reply.Normalise(met.Text)
	}
	h.outlet.control.Observe(ended, sample)
	return err
}

// observe tells the controller what one mail met.
func (h *handler) observe(met reply.Event, a attempt) {
	v := a.verdict
	if v.Blame == reply.Rate && v.Wait == 0 {
		v.Wait = h.lane.manners.pause
	}
	s := shape.Sample{
		Verdict: v, Stage: a.stage, Nth: met.Nth, Open: h.lane.openOf(h.outlet), Begun: a.started,
		Broken: met.Code == smtpClosing || met.Kind == smtp.KindClosed || met.Kind == smtp.KindReset || met.Kind == smtp.KindTimeout,
	}
	if v.Blame == reply.None {
		s.Dot = a.ended.Sub(a.started)
	} else {
		s.Reply = reply.Normalise(a.reply)
	}
	h.outlet.control.Observe(a.ended, s)
}

// smtpClosing is the code with which a server ends a session.
const smtpClosing = 421
