package preference

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Choice is a topic in the preference centre.
type Choice struct {
	Offer
	On bool
	// Limit is what the person chose for how often; a zero Count is as promised.
	Limit consent.Frequency
	// PausedUntil is zero when the topic is not paused by itself.
	PausedUntil time.Time
}

// Centre is a person's settings as they stand.
type Centre struct {
	Sender Sender
	// Address is the reader's, masked.
	Address string
	Zone    *time.Location
	// Lang is the language of the person's mails, empty if none was chosen.
	Lang   i18n.Lang
	Topics []Choice
	// Limit and PausedUntil hold for everything.
	Limit       consent.Frequency
	PausedUntil time.Time
	// AllOff says that everything is refused at this address, Others that the person
	// has other addresses in the channel where it is not.
	AllOff, Others bool
	// Agree is the sentence that switching a topic on agrees to, as Shown holds it.
	Agree string
	// Shown is the hex hash of what the page says about the topics; it comes back
	// with the form.
	Shown string
	// Renewal is what the person was asked about and has not answered yet.
	Renewal Renewal
}

// Renewal is the question whether mail is still wanted: about which topics, what the
// answer agrees to, and the hex hash of that as a page shows it.
type Renewal struct {
	Topics       []Offer
	Agree, Shown string
}

// Limits lists what "at most" offers, the mildest first.
func Limits() []consent.Frequency {
	return []consent.Frequency{
		{Count: 3, Period: consent.Week},
		{Count: 1, Period: consent.Week},
		{Count: 2, Period: consent.Month},
		{Count: 1, Period: consent.Month},
	}
}

// Centre reads the preference centre of a link. It changes nothing. A person of
// whom nothing is kept any more is fault.NotFound with the key preference.gone.
func (d *Desk) Centre(ctx context.Context, token string, lang i18n.Lang, now time.Time) (Centre, error) {
	r, err := d.open(ctx, token, keyring.Preferences, now, 0)
	if err != nil {
		return Centre{}, err
	}
	if r.erased() {
		return Centre{}, errGone()
	}
	c, _, err := d.centre(ctx, d.DB, r, lang, now)
	if err != nil {
		return c, failed("centre", err)
	}
	others, err := d.others(ctx, r, now)
	c.Others = len(others) > 0
	return c, failed("centre", err)
}

// view is what stands behind a Centre.
type view struct {
	standing
	workspace account.Workspace
	offers    []Offer
	// asked are the topics whose permission waits for an answer.
	asked []int64
}

func (d *Desk) centre(ctx context.Context, db store.Reader, r reader, lang i18n.Lang, now time.Time) (Centre, view, error) {
	var v view
	var err error
	if v.workspace, err = d.Accounts.WorkspaceByID(ctx, db, r.Workspace); err != nil {
		return Centre{}, v, err
	}
	if v.standing, err = d.standing(ctx, db, r.address, now); err != nil {
		return Centre{}, v, err
	}
	if v.asked, err = store.IDs(db.Query(ctx, sqlAgeingOf, r.Address)); err != nil {
		return Centre{}, v, err
	}
	every := v.states[0]
	c := Centre{
		Sender: senderOf(v.workspace, v.workspace.Label, lang), Address: mask(r.address.Shown), Zone: v.workspace.Location(),
		Limit: every.Frequency, PausedUntil: still(every.PausedUntil, now), AllOff: v.refused(0) != nil,
	}
	if err := d.addTopics(ctx, db, &c, &v, lang); err != nil {
		return Centre{}, v, err
	}
	c.Agree = d.Texts.For(lang).T("preference.centre.agree", "Sender", c.Sender.LegalName)
	if _, c.Shown, err = d.print(v.workspace, sheet{Kind: sheetCentre, Lang: lang, Topics: v.offers}); err != nil {
		return Centre{}, v, err
	}
	if c.Renewal, err = d.renewal(v, c, lang); err != nil {
		return Centre{}, v, err
	}
	c.Lang, err = d.langOf(ctx, db, r)
	return c, v, err
}

func (d *Desk) renewal(v view, c Centre, lang i18n.Lang) (out Renewal, err error) {
	for _, o := range v.offers {
		if slices.Contains(v.asked, o.ID) && v.on(o.ID) {
			out.Topics = append(out.Topics, o)
		}
	}
	if len(out.Topics) == 0 {
		return Renewal{}, nil
	}
	out.Agree = d.Texts.For(lang).T("preference.renewal.agree", "Sender", c.Sender.LegalName)
	_, out.Shown, err = d.print(v.workspace, sheet{Kind: sheetRenewal, Lang: lang, Topics: out.Topics})
	return out, err
}

// addTopics lists what is offered to everybody, and what this person has besides.
func (d *Desk) addTopics(ctx context.Context, db store.Reader, c *Centre, v *view, lang i18n.Lang) error {
	topics, err := d.Consents.Topics(ctx, db, v.workspace.ID, false)
	if err != nil {
		return err
	}
	for _, t := range topics {
		st := v.state(t.ID)
		if !t.Public && st.Status == "" {
			continue
		}
		o, err := d.offer(ctx, db, t, lang)
		if err != nil {
			return err
		}
		v.offers = append(v.offers, o)
		c.Topics = append(c.Topics, Choice{
			Offer: o, On: v.on(t.ID), Limit: st.Frequency, PausedUntil: still(st.PausedUntil, v.now),
		})
	}
	return nil
}

func (d *Desk) langOf(ctx context.Context, db store.Reader, r reader) (i18n.Lang, error) {
	if r.address.Contact == 0 {
		return "", nil
	}
	c, err := d.People.Get(ctx, db, r.Workspace, r.address.Contact)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return c.Lang, err
}

// still is a pause that has not ended, else none.
func still(until, now time.Time) time.Time {
	if now.Before(until) {
		return until
	}
	return time.Time{}
}
