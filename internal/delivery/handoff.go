package delivery

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/gate"
)

// perConnection is how many mails go over one connection before a new one is
// opened; most receivers allow a hundred.
const perConnection = 100

// handler is a worker's connection to one receiving server.
type handler struct {
	engine  *Engine
	lane    *lane
	session *smtp.Session
	domain  string
}

// handOff takes one job to its end for now: an outcome, a retry or a return.
func (h *handler) handOff(ctx context.Context, j job) {
	e := h.engine
	if e.isHalted(j.row.Campaign) {
		e.giveBack(j.row, e.Clock())
		return
	}
	if until, down := h.lane.resting(e.Clock()); down {
		e.giveBack(j.row, until)
		return
	}
	if j.permit.Expired(e.Clock()) && !h.renew(ctx, &j) {
		return
	}
	if err := h.connect(ctx, j.row.Domain); err != nil {
		h.noConnection(j, err)
		return
	}
	signed, err := e.Signer.Sign(ctx, j.letter.Workspace, j.letter.Domain, j.letter.Data, e.Clock())
	if err != nil {
		e.Log.Error("a message cannot be signed", "error", err)
		e.giveBack(j.row, e.Clock().Add(downFirst))
		return
	}
	h.deliver(ctx, j, signed)
}

// renew asks the gate anew for a job that waited too long.
func (h *handler) renew(ctx context.Context, j *job) bool {
	e := h.engine
	a := gate.Audience{Workspace: j.row.Workspace, Profile: j.row.Profile, Stage: gate.Leased}
	decisions, err := e.Gate.Admit(ctx, e.DB, a, []gate.Request{j.row.Request}, e.Clock())
	if err != nil {
		e.Log.Error("the gate cannot answer", "error", err)
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

// connect makes sure of a usable session for a domain.
func (h *handler) connect(ctx context.Context, domain string) error {
	if h.session != nil && h.domain == domain && h.session.Usable() && h.session.Transactions() < perConnection {
		return nil
	}
	h.hangUp()
	targets, err := h.engine.Router.Targets(ctx, domain)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if h.session, err = smtp.Dial(ctx, t); err == nil {
			h.domain = domain
			h.lane.reached()
			return nil
		}
	}
	h.session = nil
	return err
}

func (h *handler) hangUp() {
	if h.session != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = h.session.Quit(ctx) // politeness; the outcomes are stored
		h.session = nil
	}
}

// noConnection settles a job whose server could not be reached: for good when the
// domain takes no mail, else the lane rests and the attempt does not count.
func (h *handler) noConnection(j job, err error) {
	e := h.engine
	now := e.Clock()
	if isPermanent(err) {
		e.journal.note(record{
			row: j.row, outcome: Failed, stage: string(gate.Mail),
			attempt: attempt{started: now, ended: now, stage: "connect", reply: shorten(err.Error())},
		})
		return
	}
	until := h.lane.unreachable(now)
	e.Log.Warn("a receiving server cannot be reached", "lane", h.lane.name, "error", err)
	if giveUp := j.row.CreatedAt.Add(unreachableLimit); now.After(giveUp) {
		e.journal.note(record{
			row: j.row, outcome: Failed, stage: string(gate.Mail),
			attempt: attempt{started: now, ended: now, stage: "connect", reply: shorten(err.Error())},
		})
		return
	}
	e.giveBack(j.row, until)
}

// unreachableLimit is how long a message waits for a server that does not answer
// (RFC 5321 4.5.4.1: four to five days).
const unreachableLimit = 5 * 24 * time.Hour

func (h *handler) deliver(ctx context.Context, j job, signed []byte) {
	e := h.engine
	f := &fence{engine: e, job: j, session: h.session}
	started := e.Clock()
	env := smtp.Envelope{From: j.letter.From, To: j.letter.To.Wire(), SMTPUTF8: j.letter.To.NeedsSMTPUTF8()}
	res, err := h.session.Deliver(ctx, env, signed, f)
	a := attempt{
		started: started, ended: e.Clock(), remote: res.RemoteAddr.String(), stage: res.Stage.String(),
		code: res.Reply.Code, enhanced: res.Reply.Enhanced, reply: shorten(res.Reply.Text),
	}
	if err != nil && res.Reply.Code == 0 {
		a.reply = shorten(err.Error())
	}
	h.settle(ctx, j, f, res, a)
}

func (h *handler) settle(ctx context.Context, j job, f *fence, res smtp.Result, a attempt) {
	e := h.engine
	r := record{row: j.row, attempt: a, stage: string(gate.Dot)}
	switch {
	case res.Accepted:
		r.outcome = Delivered
	case res.Uncertain():
		e.uncertain(&r)
	case f.refusal != nil && f.refusal.Rule == "GATE-01":
		e.giveBack(j.row, e.Clock().Add(gate.FreshnessBound))
		return
	case f.refusal != nil:
		r = withhold(j.row, f.refusal)
	case f.lost:
		return // another node owns the row by now; it will write the outcome
	case res.Withheld, res.Reused && res.Stage == smtp.StageMail && res.Reply.Code == 0:
		e.giveBack(j.row, e.Clock())
		return
	case res.Temporary:
		e.again(&r)
	default:
		r.outcome = Failed
		e.tellFailed(ctx, j.row, res)
	}
	e.journal.note(r)
}

// again plans the next attempt, or fails a message whose schedule is used up.
func (e *Engine) again(r *record) {
	at, more := e.policy[r.row.Kind].next(r.row.Attempts, e.Clock())
	if !more {
		r.outcome = Failed
		return
	}
	r.outcome, r.again = Deferred, at
}

// uncertain treats a message of unknown fate by the policy of its kind.
func (e *Engine) uncertain(r *record) {
	r.outcome = Uncertain
	if e.policy[r.row.Kind].Resend {
		e.again(r)
	}
}

func (e *Engine) tellFailed(ctx context.Context, w Leased, res smtp.Result) {
	if e.Failed == nil || res.Stage != smtp.StageRcpt {
		return
	}
	if err := e.Failed(ctx, w, res.Reply.Enhanced, res.Reply.Code); err != nil {
		e.Log.Error("a dead address cannot be noted", "error", err)
	}
}

// fence is the gate at the two moments on the wire, with the durable intent
// between the last look and the dot.
type fence struct {
	engine  *Engine
	job     job
	session *smtp.Session
	refusal *gate.Refusal
	lost    bool
}

// BeforeMail implements smtp.Fence.
func (f *fence) BeforeMail(context.Context) error {
	err := f.engine.Gate.BeforeMail(f.job.permit, f.engine.Clock())
	f.keep(err)
	return err
}

// BeforeDot implements smtp.Fence. The intent comes first: it may take
// milliseconds, and the gate's answer must be the last thing before the dot.
func (f *fence) BeforeDot(ctx context.Context) (func(), error) {
	if err := f.engine.journal.intend(ctx, f.job.row.ID); err != nil {
		f.lost = errors.Is(err, errLeaseLost)
		return nil, err
	}
	release, err := f.engine.Gate.BeforeDot(f.job.permit, f.engine.Clock(), f.drop)
	f.keep(err)
	return release, err
}

// drop ends the connection under a transaction that a refusal cannot wait for.
func (f *fence) drop() { _ = f.session.Close() }

func (f *fence) keep(err error) {
	if no, ok := errors.AsType[*gate.Refusal](err); ok {
		f.refusal = no
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
