package collect

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// Submission is a form as it came in. Nothing in it has been checked.
type Submission struct {
	// Values are the inputs of the form's own fields, the address and the topics.
	Values url.Values
	// Render is the page's token; Version and Lang name what was shown where there is none.
	Render, Version string
	Lang            i18n.Lang
	// Trap is the input that people leave empty.
	Trap string
	// Proof is the proof of work, empty without script.
	Proof string
	// Choice answers a suggested address: "typed", or the suggestion.
	Choice string
	From   Visitor
}

// SubmissionOf picks a submission out of a posted form.
func SubmissionOf(v url.Values, from Visitor) Submission {
	return Submission{
		Values: v, Render: v.Get(InputRender), Version: v.Get(InputVersion), Lang: i18n.Lang(v.Get(InputLang)),
		Trap: v.Get(InputTrap), Proof: v.Get(InputProof), Choice: v.Get(InputChoice), From: from,
	}
}

// Visitor is where a request came from.
type Visitor struct {
	Network netip.Addr
	// UserAgent, Page and Referrer are cut to a bearable length.
	UserAgent, Page, Referrer string
}

// Answer is what the person is told. It depends on what was typed and on the form,
// never on what is known about the address.
type Answer struct {
	Version Version
	Lang    i18n.Lang
	// Address is the address as typed.
	Address string
	// Ticked are the topics asked for; Double says that one of them is to be
	// confirmed from the mailbox.
	Ticked []Offer
	Double bool
	// Suggestion is the address that was probably meant. When it is set, nothing was
	// stored and the person is to be asked.
	Suggestion string
	// Resend is the token for sending the mail again and for mending the address.
	Resend string
	// Redirect is where the form sends its readers, if not to our page.
	Redirect string
}

// Submit takes a form in. What the person can mend is an Invalid fault, too many
// tries are fault.Busy; then nothing was stored.
func (d *Desk) Submit(ctx context.Context, live Live, s Submission, now time.Time) (Answer, error) {
	p, err := d.seen(ctx, live, s, now)
	if err != nil {
		return Answer{}, failed("submit", err)
	}
	if err := d.admit(p, s, now); err != nil {
		return Answer{}, failed("submit", err)
	}
	e, err := p.version.Spec.read(withChoice(s))
	typed := strings.TrimSpace(s.Values.Get(InputEmail))
	if suggestion, ok := suggest(typed, s.Choice); ok && onlyMail(err) {
		return Answer{Version: p.version, Lang: p.lang, Address: typed, Suggestion: suggestion}, nil
	}
	if err != nil {
		return Answer{}, failed("submit", err)
	}
	if err := d.childRule(p, e, now); err != nil {
		return Answer{}, failed("submit", err)
	}
	a := d.answer(p, e, now)
	// A caught machine hears what everybody hears.
	if s.Trap != "" || !d.mailbox.Allow(mailboxKey(live.Form.Workspace, e.mail), 1, now) {
		a.Resend = d.resendToken(live.Form.Workspace, nonce(), now)
		return a, nil
	}
	id, err := d.enter(ctx, p, e, s.From, now)
	if err != nil {
		return Answer{}, failed("submit", err)
	}
	a.Resend = d.resendToken(live.Form.Workspace, id, now)
	return a, nil
}

// admit holds machines and floods off: a proof of work costs little, its lack
// costs time and a larger share of what one network may send.
func (d *Desk) admit(p seen, s Submission, now time.Time) error {
	cost := 1
	if !proven(s.Render, s.Proof) {
		cost = slowCost
		if !p.embedded && now.Sub(p.issued) < slowest {
			return fault.New(fault.Invalid, "collect.submit.fast")
		}
	}
	if !d.networks.Allow(throttle.Network(s.From.Network), cost, now) {
		return fault.New(fault.Busy, "collect.submit.busy")
	}
	return nil
}

func mailboxKey(workspace int64, m addr.Mail) string {
	return strconv.FormatInt(workspace, 10) + " " + string(m.Canonical())
}

// suggest proposes another address unless the person has answered the question.
func suggest(typed, choice string) (string, bool) {
	if choice != "" {
		return "", false
	}
	return addr.Suggest(typed)
}

// withChoice puts the chosen address in the place of the typed one. Only the very
// address that was proposed for this input can be chosen.
func withChoice(s Submission) url.Values {
	proposed, ok := addr.Suggest(strings.TrimSpace(s.Values.Get(InputEmail)))
	if !ok || s.Choice != proposed {
		return s.Values
	}
	v := url.Values{}
	for name, values := range s.Values {
		v[name] = values
	}
	v.Set(InputEmail, proposed)
	return v
}

// onlyMail says whether nothing but the address is wrong, if anything is.
func onlyMail(err error) bool {
	for _, f := range fieldsOf(err) {
		if f.Name != InputEmail {
			return false
		}
	}
	return err == nil || fault.Is(err, fault.Invalid)
}

func (d *Desk) answer(p seen, e entry, now time.Time) Answer {
	a := Answer{Version: p.version, Lang: p.lang, Address: e.mail.Display(), Ticked: e.ticked, Redirect: p.version.Spec.Redirect}
	for _, o := range e.ticked {
		a.Double = a.Double || !d.single(p, e, o, now)
	}
	return a
}

func (d *Desk) resendToken(workspace, signup int64, now time.Time) string {
	return d.Ring.Sign(keyring.Token{Purpose: keyring.Resend, Workspace: workspace, ID: signup, IssuedAt: now})
}
