package collect

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
)

// confirmLife is how long a request can be confirmed (rule COL-11).
const confirmLife = 72 * time.Hour

// enter stores a request with everything that follows, in one transaction: the
// address, what was shown, the request, its consent events, its mail. The same
// page sent in twice for one address is one request.
func (d *Desk) enter(ctx context.Context, p seen, e entry, from Visitor, now time.Time) (int64, error) {
	page, err := d.DrawForm(p.version.Spec, Sheet{Slug: p.form.Slug, Lang: p.lang})
	if err != nil {
		return 0, err
	}
	n := entering{d: d, p: p, e: e, page: string(page), now: now, around: circumstances{
		Typed: e.mail.String(), UserAgent: from.UserAgent, Referrer: from.Referrer, Embedded: p.embedded,
		Network: addr.ShortNetwork(from.Network), Page: from.Page,
	}}
	var id int64
	err = d.DB.Write(ctx, func(tx *store.Tx) (err error) {
		id, err = n.run(ctx, tx)
		return err
	})
	return id, err
}

// entering is one request on its way into the tables.
type entering struct {
	d      *Desk
	p      seen
	e      entry
	page   string
	around circumstances
	now    time.Time
}

func (n entering) run(ctx context.Context, tx *store.Tx) (int64, error) {
	d, workspace := n.d, n.p.form.Workspace
	// Limits on mails and the question what stands are decided for one request at a time.
	if err := tx.Lock(ctx, "collect "+hex.EncodeToString(d.People.Hash(workspace, n.e.mail))); err != nil {
		return 0, err
	}
	address, _, err := d.People.EnsureAddress(ctx, tx, workspace, n.e.mail, n.now)
	if err != nil {
		return 0, err
	}
	if known, err := n.sentBefore(ctx, tx, address.ID); err != nil || known != 0 {
		return known, err
	}
	n.around.Shown, err = d.Consents.KeepShown(ctx, tx, consent.Shown{
		Workspace: workspace, Kind: "form", Lang: n.p.lang, FormVersion: n.p.version.ID, Body: n.page,
	}, n.now)
	if err != nil {
		return 0, err
	}
	s, err := n.insert(ctx, tx, address)
	if err != nil {
		return 0, err
	}
	if err := n.append(ctx, tx, &s); err != nil {
		return 0, err
	}
	if _, err := d.mail(ctx, tx, s, n.now); err != nil {
		return 0, err
	}
	return s.ID, d.count(ctx, tx, s, n.now, 1, 0)
}

// sentBefore finds the request that this very page already made for the address.
func (n entering) sentBefore(ctx context.Context, tx *store.Tx, address int64) (int64, error) {
	if n.p.render == 0 {
		return 0, nil
	}
	var id int64
	err := tx.QueryRow(ctx, sqlSignupOfRender, address, n.p.render).Scan(&id)
	if noSuch(err) {
		return 0, nil
	}
	return id, err
}

func (n entering) insert(ctx context.Context, tx *store.Tx, address contact.Address) (Signup, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return Signup{}, err
	}
	s := Signup{
		ID: id, Workspace: address.Workspace, Form: n.p.form.ID, Version: n.p.version.ID, Address: address.ID, Lang: n.p.lang,
		Entry: n.e.values, CreatedAt: n.now, around: n.around, render: n.p.render,
	}
	if s.asks, err = n.weigh(ctx, tx, address); err != nil {
		return Signup{}, err
	}
	if s.has(askPending) {
		s.ExpiresAt = n.now.Add(confirmLife)
	}
	return s, s.insert(ctx, tx)
}

// weigh decides for each ticked box what becomes of it. Single opt-in is only for
// those who never said no: anybody can type an address, and a refusal ends by an
// act of its owner alone. From here to the commit nobody else records anything
// about the address: a refusal in between would be taken for one from before.
func (n entering) weigh(ctx context.Context, tx *store.Tx, address contact.Address) ([]ask, error) {
	if err := hold(ctx, tx, address.ID); err != nil {
		return nil, err
	}
	subjects := make([]consent.Subject, len(n.e.ticked))
	for i, o := range n.e.ticked {
		subjects[i] = consent.Subject{Address: address.ID, Topic: o.Topic}
	}
	standings, err := n.d.Consents.Standings(ctx, tx, address.Workspace, subjects, n.now)
	if err != nil {
		return nil, err
	}
	asks := make([]ask, len(subjects))
	for i, o := range n.e.ticked {
		st := standings[i]
		asks[i] = ask{Topic: o.Topic, State: askPending}
		switch {
		case stands(st, n.now):
			asks[i].State = askGiven
		case n.d.single(n.p, n.e, o, n.now) && untouched(st, n.now):
			asks[i].State = askGranted
		}
	}
	return asks, nil
}

// hold keeps everybody else from recording something about an address until the
// transaction ends. An address that was erased by then is errErased.
func hold(ctx context.Context, tx *store.Tx, address int64) error {
	var erased int64
	if err := tx.QueryRow(ctx, sqlHold, address).Scan(&erased); err != nil {
		return err
	}
	if erased != 0 {
		return errErased
	}
	return nil
}

// stands says whether a permission holds already.
func stands(st consent.Standing, now time.Time) bool {
	if st.State.Status != consent.StatusGiven || st.State.Lapsed(now) {
		return false
	}
	for _, stop := range st.Stops {
		if stop.Kind.Permanent() {
			return false
		}
	}
	return true
}

// untouched says whether nobody ever said no for this address and topic, and no
// pause stands: a yes of the person's own would end it.
func untouched(st consent.Standing, now time.Time) bool {
	if st.RefusedAll || len(st.Stops) > 0 || now.Before(st.State.PausedUntil) {
		return false
	}
	for _, s := range []consent.Status{st.State.Status, st.Every.Status} {
		if s == consent.StatusRefused || s == consent.StatusWithdrawn {
			return false
		}
	}
	return true
}

// append records the request in the consent log. Only what is granted at once
// makes a contact; otherwise nobody exists before the mailbox has spoken.
func (n entering) append(ctx context.Context, tx *store.Tx, s *Signup) error {
	spec := n.p.version.Spec
	if s.has(askGranted) {
		address, err := n.d.People.AddressByID(ctx, tx, s.Workspace, s.Address) // whose it is now that it is held
		if err != nil {
			return err
		}
		if _, _, err := n.d.People.EnsureContact(ctx, tx, address, spec.person(s.Workspace, s.Entry, s.Lang), n.now); err != nil {
			return err
		}
	}
	var events []*consent.Event
	var from []*ask
	for i := range s.asks {
		a := &s.asks[i]
		o, known := spec.offer(a.Topic)
		if !known || a.State == askGiven {
			continue
		}
		e := &consent.Event{
			Workspace: s.Workspace, Address: s.Address, Topic: a.Topic, Action: consent.ActionRequested, Method: consent.MethodForm,
			OccurredAt: n.now, Evidence: s.evidence(spec, o),
		}
		if a.State == askGranted {
			e.Action, e.Basis = consent.ActionGranted, consent.BasisConsent
			if err := n.d.recordable(o, e); err != nil {
				return err
			}
		}
		events, from = append(events, e), append(from, a)
	}
	if len(events) == 0 {
		return nil
	}
	if _, err := n.d.Consents.Append(ctx, tx, events); err != nil {
		return err
	}
	for i, e := range events {
		from[i].Event = e.ID
	}
	text, err := json.Marshal(s.asks)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlSetAsks, string(text), s.ID)
	return err
}

// evidence is what is kept of a request for one topic (product rule REC-01).
func (s Signup) evidence(spec Spec, o Offer) consent.Evidence {
	boxes := make(map[string]bool, len(spec.Offers))
	for _, each := range spec.Offers {
		boxes[store.Public(TopicPrefix, each.Topic)] = false
	}
	for _, a := range s.asks {
		boxes[store.Public(TopicPrefix, a.Topic)] = true
	}
	e := consent.Evidence{
		Address: s.around.Typed, Network: s.around.Network, UserAgent: s.around.UserAgent, Page: s.around.Page,
		Referrer: s.around.Referrer, Lang: string(s.Lang), Form: s.Form, FormVersion: s.Version, Shown: s.around.Shown,
		Wordings:  []consent.TextRef{{Key: o.Wording, Version: o.Version, Hash: o.Hash, Lang: string(s.Lang)}},
		PolicyURL: spec.PolicyURL, Boxes: boxes, Frequency: o.Promise.In(s.Lang), Signup: s.ID,
	}
	if spec.Purpose.Key != "" {
		e.Purposes = []consent.TextRef{{Key: spec.Purpose.Key, Version: spec.Purpose.Version, Hash: spec.Purpose.Hash, Lang: string(s.Lang)}}
	}
	if s.around.Embedded {
		e.Note = "plain form in a page of another site"
	}
	return e
}

// count adds to the form's day.
func (d *Desk) count(ctx context.Context, tx *store.Tx, s Signup, now time.Time, submitted, confirmed int) error {
	day, err := d.dayOf(ctx, tx, s.Workspace, now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlCount, s.Form, day, 0, submitted, confirmed)
	return err
}
