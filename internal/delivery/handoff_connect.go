package delivery

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// shortWait is how long a worker waits for its turn with a letter in hand; for
// longer the letter goes another way, or back.
const shortWait = 2 * time.Second

// admit finds a way for one mail and waits for leave to send it there: over the
// session, or over one that is to be opened. False: the job is out of hand.
func (h *handler) admit(ctx context.Context, j job) bool {
	if h.outlet != nil && !h.keeps(j.row.Domain) {
		h.hangUp()
	}
	way := finding{job: j}
	if h.outlet != nil {
		wait, ok := h.turn(ctx)
		if ok {
			return true
		}
		way.pass(h.outlet, h.engine.Clock().Add(wait))
		h.hangUp()
	}
	targets, err := h.engine.Router.Targets(ctx, j.row.Domain)
	if err == nil && len(targets) == 0 {
		err = errNoTargets
	}
	if err != nil {
		h.noServer(ctx, j, err)
		return false
	}
	h.targets = targets
	return h.find(ctx, way)
}

// finding is the search for the way of one mail.
type finding struct {
	job   job
	tried []*outlet
	// until is when one of those tried may have leave.
	until time.Time
}

func (f *finding) pass(o *outlet, until time.Time) {
	f.tried, f.until = append(f.tried, o), sooner(f.until, until)
}

// find goes from outlet to outlet until one has leave.
func (h *handler) find(ctx context.Context, f finding) bool {
	foreign := false
	may := func(o *outlet) bool {
		fits := slices.ContainsFunc(h.targets, o.source.fits)
		foreign = foreign || !fits
		return fits && !slices.Contains(f.tried, o)
	}
	for {
		c := h.lane.choose(h.engine.Clock(), may)
		if h.outlet = c.outlet; h.outlet == nil {
			h.noWay(ctx, f, c, foreign)
			return false
		}
		wait, ok := h.turn(ctx)
		if ok {
			return true
		}
		f.pass(h.outlet, h.engine.Clock().Add(wait))
		h.hangUp()
	}
}

// turn waits a short time for leave of the outlet; if that is not enough, wait is how
// long it would take.
func (h *handler) turn(ctx context.Context) (wait time.Duration, ok bool) {
	e := h.engine
	for {
		if wait = h.outlet.take(e.Clock(), isUrgent(h.lane.name)); wait <= 0 {
			return 0, true
		}
		if wait > shortWait || !e.wait(ctx, wait) {
			return wait, false
		}
	}
}

// noWay settles a job that no outlet takes now. Where another session works it stays
// in the lane, and this worker is one too many; else it goes back, and the lane rests
// unless it has outlets that only this mail cannot use.
func (h *handler) noWay(ctx context.Context, f finding, c choice, foreign bool) {
	e := h.engine
	until := sooner(f.until, c.until)
	switch {
	case c.busy:
		h.spare = true
		h.lane.putBack(e, f.job)
	case until.IsZero():
		h.noServer(ctx, f.job, errNoTargets)
	default:
		if !foreign {
			h.lane.rest(until)
		}
		e.giveBack(f.job.row, until)
	}
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

// errNoTargets says that there is no server that any of our addresses can speak to.
var errNoTargets = errors.New("delivery: no server to connect to")

// connect opens a session for a domain where there is none, trying server after
// server. A server that does not answer at all counts against the receiver only when
// no other does, and one that asks for less speaks for them all.
func (h *handler) connect(ctx context.Context, domain string) error {
	if h.session != nil {
		return nil
	}
	var silent []shape.Sample
	err := errNoTargets
	for _, t := range h.targets {
		if !h.outlet.source.fits(t) {
			continue
		}
		var sample shape.Sample
		if sample, err = h.dial(ctx, t); err == nil {
			h.domain, h.used = domain, h.engine.Clock()
			h.lane.reached(h.outlet)
			h.lane.heard(domain)
			h.outlet.control.Observe(h.used, sample)
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		if isSilent(err) {
			silent = append(silent, sample)
			continue
		}
		h.outlet.control.Observe(h.engine.Clock(), sample)
		if silent = nil; sample.Verdict.Blame == reply.Rate {
			break
		}
	}
	for _, s := range silent {
		h.outlet.control.Observe(h.engine.Clock(), s)
	}
	return err
}

// isSilent says that a server could not be connected to at all.
func isSilent(err error) bool {
	failed, ok := errors.AsType[*smtp.Error](err)
	return ok && failed.Stage == smtp.StageConnect && (failed.Kind == smtp.KindNetwork || failed.Kind == smtp.KindTimeout)
}

// dial opens a session; the sample says how that went.
func (h *handler) dial(ctx context.Context, t smtp.Target) (shape.Sample, error) {
	now := h.engine.Clock()
	sample := shape.Sample{Begun: now, Open: h.lane.openOf(h.outlet), Stage: smtp.StageConnect.String()}
	s, err := smtp.Dial(ctx, h.outlet.source.of(t))
	if err == nil {
		h.session = s
		sample.Greeting = h.engine.Clock().Sub(now)
		return sample, nil
	}
	met := reply.Met(smtp.Result{}, err, 0)
	sample.Verdict, sample.Broken = h.judge(met), true
	sample.Stage, sample.Reply = met.Stage.String(), reply.Normalise(met.Text)
	return sample, err
}

// judge says what an answer means for the lane: where we are told to slow down again
// and again, the provider's usual pause is what is meant.
func (h *handler) judge(met reply.Event) reply.Verdict {
	m := &h.lane.manners
	v := m.replies.Judge(met)
	if v.Blame == reply.Rate && h.lane.throttled(h.outlet, h.engine.Clock()) && v.Wait == 0 {
		v.Wait = m.pause
	}
	return v
}

// noServer settles a job for whose domain there is no way to any server: for good
// when the domain takes no mail or nobody answered for days, else the domain rests
// and the attempt does not count.
func (h *handler) noServer(ctx context.Context, j job, err error) {
	e := h.engine
	now := e.Clock()
	switch {
	case ctx.Err() != nil:
		e.giveBack(j.row, now)
	case isPermanent(err), h.isOverdue(j, now):
		h.neverReached(j, err)
	default:
		e.giveBack(j.row, h.lane.deafen(j.row.Domain, now))
	}
}

// noConnection settles a job whose server could not be reached: the outlet rests, and
// the job may go another way. What the certificate or policy of one domain forbids is
// no fault of the outlet.
func (h *handler) noConnection(ctx context.Context, j job, err error) {
	e := h.engine
	now := e.Clock()
	o := h.outlet
	h.hangUp()
	failed, ok := errors.AsType[*smtp.Error](err)
	if !ok || failed.Stage == smtp.StageTLS && h.lane.manners.provider != relayLane {
		h.noServer(ctx, j, err)
		return
	}
	if ctx.Err() != nil {
		e.giveBack(j.row, now)
		return
	}
	e.Log.Warn("a receiving server cannot be reached", "lane", h.lane.name)
	h.lane.unreachable(o, now)
	if isPermanent(err) || h.isOverdue(j, now) {
		h.neverReached(j, err)
		return
	}
	h.lane.putBack(e, j)
}

// unreachableLimit is how long a message waits for a server that does not answer
// (RFC 5321 4.5.4.1: four to five days).
const unreachableLimit = 5 * 24 * time.Hour

func (h *handler) isOverdue(j job, now time.Time) bool {
	return !now.Before(j.row.CreatedAt.Add(unreachableLimit))
}

func (h *handler) neverReached(j job, err error) {
	e := h.engine
	now := e.Clock()
	e.journal.note(record{
		row: j.row, outcome: Failed, stage: leasedStage,
		attempt: attempt{started: now, ended: now, stage: smtp.StageConnect.String(), reply: shorten(err.Error())},
	})
}

// isFor says whether all mail of a lane is for one domain.
func (l *lane) isFor(domain string) bool { return strings.TrimPrefix(l.name, urgent) == domain }
