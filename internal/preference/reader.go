package preference

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// reader is who holds a genuine link.
type reader struct {
	keyring.Token
	address contact.Address
	// missing says that the address row is gone: nothing can be sent to it.
	missing bool
}

// erased says that nothing is known of the person any more.
func (r reader) erased() bool { return r.missing || !r.address.ErasedAt.IsZero() }

// open reads a link. Links in mails do not expire; maxAge 0 says so.
func (d *Desk) open(ctx context.Context, text string, p keyring.Purpose, now time.Time, maxAge time.Duration) (reader, error) {
	t, err := d.Ring.Verify(text, p, now, maxAge)
	if err != nil {
		return reader{}, failed("open link", err)
	}
	return d.readerOf(ctx, t)
}

func (d *Desk) readerOf(ctx context.Context, t keyring.Token) (reader, error) {
	r := reader{Token: t}
	var err error
	r.address, err = d.People.AddressByID(ctx, d.DB, t.Workspace, t.Address)
	if fault.Is(err, fault.NotFound) {
		r.missing, err = true, nil
	}
	return r, failed("open link", err)
}

// link signs another link for the same reader and message.
func (d *Desk) link(r reader, p keyring.Purpose) string {
	t := r.Token
	t.Purpose = p
	if p == keyring.Preferences {
		t.Topic = 0
	}
	return d.Ring.Sign(t)
}

// errGone is what pages say when nothing is kept about the person.
func errGone() error { return fault.New(fault.NotFound, "preference.gone") }

// hold keeps everybody else who would record something about the address waiting
// until the transaction ends, and says whether it was erased by then.
func hold(ctx context.Context, tx *store.Tx, address int64) (erased bool, err error) {
	var at int64
	err = tx.QueryRow(ctx, sqlHold, address).Scan(&at)
	return at != 0, err
}

// standing is what the log says about one address now.
type standing struct {
	states map[int64]consent.State
	// no are the person's live refusals and the complaints of the provider.
	no  []consent.Suppression
	now time.Time
}

func (d *Desk) standing(ctx context.Context, r store.Reader, a contact.Address, now time.Time) (standing, error) {
	s := standing{now: now}
	var err error
	if s.states, err = d.Consents.State(ctx, r, a.ID); err != nil {
		return standing{}, err
	}
	const all = 500 // live entries of one address: one for each kind and topic
	list, err := d.Consents.Suppressions(ctx, r, a.Workspace, consent.SuppressionQuery{AddressHash: a.Hash, Limit: all})
	if err != nil {
		return standing{}, err
	}
	for _, e := range list {
		if e.Kind.Permanent() && bytes.Equal(e.AddressHash, a.Hash) {
			s.no = append(s.no, e)
		}
	}
	return s, nil
}

func (s standing) state(topic int64) consent.State {
	st := s.states[topic]
	st.Topic = topic
	return st
}

// on says whether the person has a topic switched on.
func (s standing) on(topic int64) bool {
	st := s.state(topic)
	return st.Status == consent.StatusGiven && !st.Lapsed(s.now) && s.covering(st) == nil
}

func (s standing) covering(st consent.State) *consent.Suppression {
	for i := range s.no {
		if consent.Covers(s.no[i], st, s.now) {
			return &s.no[i]
		}
	}
	return nil
}

// ons lists the topics that are switched on, in ascending order.
func (s standing) ons() []int64 {
	var list []int64
	for topic := range s.states {
		if topic != 0 && s.on(topic) {
			list = append(list, topic)
		}
	}
	slices.Sort(list)
	return list
}

// refused finds the person's refusal that stands against a topic; for topic 0 one
// that stands against everything without exception. nil if there is none.
func (s standing) refused(topic int64) *consent.Suppression {
	for i := range s.no {
		e := &s.no[i]
		if e.Kind != consent.SuppressionRefusal {
			continue
		}
		if topic != 0 && consent.Covers(*e, s.state(topic), s.now) {
			return e
		}
		if topic == 0 && e.Topic == 0 && s.coversAll(*e) {
			return e
		}
	}
	return nil
}

func (s standing) coversAll(e consent.Suppression) bool {
	for topic := range s.states {
		if topic != 0 && !consent.Covers(e, s.state(topic), s.now) {
			return false
		}
	}
	return true
}

// Sender is who a page speaks for, in the reader's language.
type Sender struct {
	LegalName, PostalAddress string
	Phone, Email, URL        string
	PrivacyURL               string
	// Slug is the last part of the sender page's path.
	Slug string
}

func senderOf(ws account.Workspace, l account.Label, lang i18n.Lang) Sender {
	l = l.In(lang)
	return Sender{
		LegalName: l.LegalName, PostalAddress: l.PostalAddress, Phone: l.Phone, Email: l.Email, URL: l.URL,
		PrivacyURL: ws.PrivacyURL, Slug: ws.Slug,
	}
}

// mask shows enough of an address for its owner to know it, and no more.
func mask(shown string) string {
	at := strings.LastIndexByte(shown, '@')
	if at < 1 {
		return ""
	}
	_, n := utf8.DecodeRuneInString(shown)
	return shown[:n] + "***" + shown[at:]
}
