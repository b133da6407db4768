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
	"github.com/kyodaku/kyodaku/internal/gate"
)

// haltedRest is how long a row of a halted campaign is left alone: by then the
// database knows of the halt, and the row is put aside when it is leased.
const haltedRest = time.Second

// handler is a worker's connection to one receiving server.
type handler struct {
	engine  *Engine
	lane    *lane
	session *smtp.Session
	// outlet is the way out that the session, or the attempt to open one, counts for.
	outlet *outlet
	domain string
	// used is when the session was opened or had its last mail.
	used time.Time
	// targets are the servers for the mail in hand, where a session is to be opened.
	targets []smtp.Target
	// breaker watches the campaign of the mail in hand at this provider; nil without one.
	breaker *watched
	// spare says that other sessions do what is left, and this worker may end.
	spare  bool
	signed []byte // reused
}

// leasedStage is the stage of the gate's last word on what did not reach the wire.
const leasedStage = string(gate.Leased)

// handOff takes one job to its end for now: an outcome, a retry or a return.
func (h *handler) handOff(ctx context.Context, j job) {
	e := h.engine
	if e.isHalted(j.row.Campaign) {
		e.giveBack(j.row, e.Clock().Add(haltedRest))
		return
	}
	if until, rests := h.lane.resting(j.row.Domain, e.Clock()); rests {
		e.giveBack(j.row, until)
		return
	}
	if j.permit.Expired(e.Clock()) && !h.renew(ctx, &j) {
		return
	}
	h.breaker = e.breaker(&h.lane.manners, j.row.Campaign, e.Clock())
	if h.breaker != nil {
		if ok, again := h.breaker.Allow(e.Clock()); !ok {
			e.giveBack(j.row, again)
			return
		}
	}
	if !h.send(ctx, j) && h.breaker != nil {
		h.breaker.GiveBack(e.Clock())
	}
}

// send brings a job to the wire; false when it did not get there.
func (h *handler) send(ctx context.Context, j job) bool {
	e := h.engine
	if !h.admit(ctx, j) {
		return false
	}
	leave := h.outlet // a connection that fails ends it
	if err := h.connect(ctx, j.row.Domain); err != nil {
		leave.giveBack(e.Clock())
		h.noConnection(ctx, j, err)
		return false
	}
	signed, err := e.Signer.Sign(ctx, j.letter.Workspace, j.letter.Domain, h.signed[:0], j.letter.Data, e.Clock())
	if err != nil {
		leave.giveBack(e.Clock())
		h.notSigned(ctx, j, err)
		return false
	}
	if cap(signed) <= mostKept {
		h.signed = signed[:0]
	}
	if !h.lookOver(j, signed) {
		leave.giveBack(e.Clock())
		return false
	}
	return h.deliver(ctx, j, signed)
}

// mostKept is the largest buffer for signed mails that a session keeps, in octets.
const mostKept = 256 << 10

// kilobyte is the unit of a letter's size that receivers' limits are told in, in octets.
const kilobyte = 1000

// renew asks the gate anew for a job that waited too long.
func (h *handler) renew(ctx context.Context, j *job) bool {
	e := h.engine
	m := j.row.Measure
	m.Strips = j.row.StripAds // the letter is written: what it holds cannot be left out any more
	m.Kilobytes = max(m.Kilobytes, len(j.letter.Data)/kilobyte)
	decisions, err := e.Gate.Admit(ctx, e.DB, m.Audience(j.row.Workspace, j.row.Profile, gate.Leased), []gate.Request{j.row.Request}, e.Clock())
	if err != nil {
		e.complain("the gate cannot answer", err)
		e.giveBack(j.row, e.Clock().Add(downFirst))
		return false
	}
	if no := decisions[0].Refusal; no != nil {
		e.journal.note(withhold(j.row, no))
		return false
	}
	j.permit = decisions[0].Permit
	return true
}

func (h *handler) hangUp() {
	if h.session != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = h.session.Quit(ctx) // politeness; the outcomes are stored
		h.session = nil
	}
	if h.outlet != nil {
		h.lane.leave(h.outlet)
		h.outlet = nil
	}
}

// notSigned settles a job that has no signature: the attempt counts, so that a
// missing key is seen in the report and does not keep the engine busy.
func (h *handler) notSigned(ctx context.Context, j job, err error) {
	e := h.engine
	now := e.Clock()
	if ctx.Err() != nil {
		e.giveBack(j.row, now)
		return
	}
	e.complain("a message cannot be signed", err)
	r := record{
		row: j.row, stage: leasedStage,
		attempt: attempt{started: now, ended: now, stage: "sign", reply: shorten(err.Error())},
	}
	e.again(&r, &h.lane.manners)
	e.journal.note(r)
}

// deliver makes one transaction; false when nothing of it counts for the receiver.
func (h *handler) deliver(ctx context.Context, j job, signed []byte) bool {
	e := h.engine
	f := &fence{engine: e, job: j, session: h.session}
	started, open := e.Clock(), h.lane.openOf(h.outlet)
	env := smtp.Envelope{From: j.letter.From, To: h.lane.manners.wire(j.letter.To), SMTPUTF8: j.letter.To.NeedsSMTPUTF8()}
	res, err := h.session.Deliver(ctx, env, signed, f)
	if f.hold != nil {
		f.hold.Done()
	}
	a := attempt{
		started: started, ended: e.Clock(), stage: res.Stage.String(), source: h.outlet.source.Name,
		code: res.Reply.Code, enhanced: res.Reply.Enhanced, reply: shorten(res.Reply.Text),
	}
	if res.RemoteAddr.IsValid() {
		a.remote = res.RemoteAddr.String()
	}
	if err != nil && res.Reply.Code == 0 {
		a.reply = shorten(err.Error())
	}
	met := reply.Met(res, err, h.session.Transactions())
	counts := false
	if !res.Withheld && ctx.Err() == nil && !f.wasCut.Load() {
		a.verdict = h.judge(met)
		counts = leftUs(met.Kind)
	}
	if counts {
		h.observe(met, a, open)
		h.judged(j.row.Campaign, a)
	} else {
		h.outlet.giveBack(a.ended)
	}
	h.used = a.ended
	h.settle(ctx, f, res, met.Kind, a)
	return counts
}

// judged tells the breaker what became of a mail of its cell.
func (h *handler) judged(campaign int64, a attempt) {
	now := h.engine.Clock()
	if h.breaker != nil && h.breaker.Observe(now, a.verdict, a.reply) {
		h.engine.turned(cell{h.lane.manners.provider, campaign}, h.breaker, now)
	}
}

// leftUs says whether a mail got as far as the receiver: what cannot be sent at all
// says nothing of how we send.
func leftUs(k smtp.Kind) bool {
	return k != smtp.KindMessage && k != smtp.KindUnsupported && k != smtp.KindUnusable
}

// observe tells the controller what one mail met; open is how many connections there
// were when it was begun.
func (h *handler) observe(met reply.Event, a attempt, open int) {
	s := shape.Sample{
		Verdict: a.verdict, Stage: a.stage, Nth: met.Nth, Open: open, Begun: a.started,
		Broken: met.Code == smtpClosing || met.Kind == smtp.KindClosed || met.Kind == smtp.KindReset || met.Kind == smtp.KindTimeout,
	}
	if met.Nth > 1 {
		s.Idle = a.started.Sub(h.used)
	}
	if a.verdict.Blame == reply.None {
		s.Dot = a.ended.Sub(a.started)
		h.lane.took(h.outlet)
	} else {
		s.Reply = reply.Normalise(a.reply)
	}
	h.outlet.control.Observe(a.ended, s)
}

// smtpClosing is the code with which a server ends a session.
const smtpClosing = 421

// settle decides what one transaction means for the row.
func (h *handler) settle(ctx context.Context, f *fence, res smtp.Result, kind smtp.Kind, a attempt) {
	e, row := h.engine, f.job.row
	r := record{row: row, attempt: a, stage: string(gate.Dot), event: newEvent(f.job)}
	switch {
	case res.Accepted:
		r.outcome = Delivered
	case res.Uncertain():
		e.uncertain(&r)
	case f.refusal != nil && f.refusal.Rule != ruleStale:
		r = withhold(row, f.refusal)
	case f.refusal != nil:
		e.giveBack(row, e.Clock().Add(gate.FreshnessBound))
		return
	case errors.Is(f.no, errHalted):
		e.giveBack(row, e.Clock().Add(haltedRest))
		return
	case f.wasCut.Load():
		e.giveBack(row, e.Clock().Add(gate.FreshnessBound))
		return
	case res.Withheld, ctx.Err() != nil, diedIdle(res, kind):
		e.giveBack(row, e.Clock())
		return
	case endedBetween(res, a.verdict):
		e.giveBack(row, e.Clock().Add(a.verdict.Wait))
		return
	case res.Temporary || !a.verdict.Permanent:
		e.again(&r, &h.lane.manners)
	default:
		r.outcome = Failed
	}
	if r.outcome == Failed {
		e.tellFailed(ctx, row, res, a.verdict)
	}
	e.journal.note(r)
}

// diedIdle says that the server had hung up between two mails: a new connection
// may be tried at once and nothing was attempted.
func diedIdle(res smtp.Result, kind smtp.Kind) bool {
	if !res.Reused || res.Stage != smtp.StageMail || res.Reply.Code != 0 {
		return false
	}
	switch kind {
	case smtp.KindClosed, smtp.KindReset, smtp.KindNetwork, smtp.KindUnusable:
		return true
	}
	return false
}

// endedBetween says that the server ended a session that it thought long enough, with
// a word and before it knew for whom the next mail is: that mail was not refused.
func endedBetween(res smtp.Result, v reply.Verdict) bool {
	return res.Reused && res.Stage == smtp.StageMail && res.Reply.Code == smtpClosing && v.Blame == reply.Rate
}

// again plans the next attempt, not before the receiver wants to hear of us again,
// or fails a message whose schedule is used up.
func (e *Engine) again(r *record, m *manners) {
	p := e.policy[r.row.Kind]
	if len(m.retry) > 0 && !p.Resend {
		// The provider's waits come first, then what is left of ours: its few would give up
		// too soon.
		p.Retry = slices.Concat(m.retry, p.Retry[min(len(m.retry), len(p.Retry)):])
	}
	now := e.Clock()
	at, more := p.next(r.row.Attempts, now)
	if !more {
		r.outcome = Failed
		return
	}
	if wanted := now.Add(r.attempt.verdict.Wait); wanted.After(at) {
		at = wanted
	}
	r.outcome, r.again = Deferred, at
}

// uncertain treats a message of unknown fate by the policy of its kind: it is
// listed, or sent again while the schedule lasts.
func (e *Engine) uncertain(r *record) {
	if e.policy[r.row.Kind].Resend {
		if e.again(r, &manners{}); r.outcome == Deferred {
			return
		}
	}
	r.outcome = Uncertain
}

func (e *Engine) tellFailed(ctx context.Context, w Leased, res smtp.Result, v reply.Verdict) {
	if e.Failed == nil || v.Blame != reply.Recipient {
		return
	}
	if err := e.Failed(ctx, w, res.Reply.Enhanced, v); err != nil {
		e.complain("a dead address cannot be noted", err)
	}
}

// replyKept bounds what is stored of a server's words.
const replyKept = 500

func shorten(s string) string {
	if len(s) <= replyKept {
		return s
	}
	return strings.ToValidUTF8(s[:replyKept], "") + "…"
}
