package collect

import (
	"context"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// heldFor is how long a writer is watched that must not get through.
const heldFor = 300 * time.Millisecond

// TestNoRefusalSlipsInWhileABoxIsWeighed: between the look at what was said and the
// record of a single opt-in nobody may say no, or a stranger's form would lift it.
func TestNoRefusalSlipsInWhileABoxIsWeighed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		spec := w.spec(Newsletter, w.weekly)
		spec.Offers[0].Mode = SingleOptIn
		live := w.publish("letter", spec)
		s := w.fill(live, "hana@example.jp", w.weekly)
		p := must(w.seen(w.ctx, live, s, w.now))
		n := entering{d: w.Desk, p: p, e: must(p.version.Spec.read(s.Values)), now: w.now}
		var address contact.Address
		w.write(func(tx *store.Tx) (err error) {
			address, _, err = w.People.EnsureAddress(w.ctx, tx, w.ws.ID, n.e.mail, w.now)
			return err
		})
		w.write(func(tx *store.Tx) error {
			asks, err := n.weigh(w.ctx, tx, address)
			if err != nil || asks[0].State != askGranted {
				t.Fatalf("%v %+v", err, asks)
			}
			ctx, cancel := context.WithTimeout(w.ctx, heldFor)
			defer cancel()
			err = db.Write(ctx, func(other *store.Tx) error {
				_, err := w.Consents.Append(ctx, other, []*consent.Event{{
					Workspace: w.ws.ID, Address: address.ID, Action: consent.ActionWithdrawn, Method: consent.MethodOneClick, OccurredAt: w.now,
				}})
				return err
			})
			if err == nil {
				t.Error("a refusal was recorded between the look and the permission")
			}
			return nil
		})
	})
}

// TestAPauseIsNotEndedByATypedAddress: a pause is a refusal limited in time.
func TestAPauseIsNotEndedByATypedAddress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		spec := w.spec(Newsletter, w.weekly)
		spec.Offers[0].Mode = SingleOptIn
		live := w.publish("letter", spec)
		w.submit(live, "hana@example.jp", w.weekly)
		address, until := w.state("hana@example.jp", w.weekly).Address, w.now.AddDate(0, 1, 0)
		w.write(func(tx *store.Tx) error {
			_, err := w.Consents.Append(w.ctx, tx, []*consent.Event{
				{
					Workspace: w.ws.ID, Address: address, Topic: w.weekly.ID, Action: consent.ActionPaused, PausedUntil: until,
					Method: consent.MethodPreferenceCentre, OccurredAt: w.now,
				},
				{Workspace: w.ws.ID, Address: address, Topic: w.weekly.ID, Action: consent.ActionExpired, Method: consent.MethodTimer, OccurredAt: w.now},
			})
			return err
		})
		w.now = w.now.Add(2 * time.Hour)
		w.submit(live, "hana@example.jp", w.weekly)
		if st := w.state("hana@example.jp", w.weekly); !st.PausedUntil.Equal(until) {
			t.Errorf("a typed address ended a pause: %+v", st)
		}
	})
}

// TestWhoIsMergedWhileAFormComesInIsOnePerson: what a form tells is kept of whom its address belongs
// to by then, not of the contact that a merge has just emptied.
func TestWhoIsMergedWhileAFormComesInIsOnePerson(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		spec := w.spec(Newsletter, w.weekly)
		spec.Offers[0].Mode = SingleOptIn
		live := w.publish("letter", spec)
		s := w.fill(live, "hana@example.jp", w.weekly)
		p := must(w.seen(w.ctx, live, s, w.now))
		n := entering{d: w.Desk, p: p, e: must(p.version.Spec.read(s.Values)), now: w.now, around: circumstances{Page: "https://example.jp/", Typed: "hana@example.jp"}}
		var address contact.Address
		var lost, kept contact.Contact
		w.write(func(tx *store.Tx) (err error) {
			if address, _, err = w.People.EnsureAddress(w.ctx, tx, w.ws.ID, n.e.mail, w.now); err != nil {
				return err
			}
			if lost, _, err = w.People.EnsureContact(w.ctx, tx, address, contact.Contact{}, w.now); err != nil {
				return err
			}
			if address, err = w.People.AddressByID(w.ctx, tx, w.ws.ID, address.ID); err != nil { // as the form finds it
				return err
			}
			if kept, err = w.People.Create(w.ctx, tx, contact.Contact{Workspace: w.ws.ID}, w.now); err != nil {
				return err
			}
			return contact.New(db, w.Ring, w.Consents).Merge(w.ctx, tx, w.ws.ID, lost.ID, kept.ID, w.now)
		})
		w.write(func(tx *store.Tx) (err error) {
			shown := consent.Shown{Workspace: w.ws.ID, Kind: "form", Lang: p.lang, FormVersion: p.version.ID, Body: "<form>"}
			if n.around.Shown, err = w.Consents.KeepShown(w.ctx, tx, shown, w.now); err != nil {
				return err
			}
			in, err := n.insert(w.ctx, tx, address)
			if err != nil {
				return err
			}
			return n.append(w.ctx, tx, &in)
		})
		for id, lang := range map[int64]string{lost.ID: "", kept.ID: string(p.lang)} {
			if got, err := w.People.Get(w.ctx, db, w.ws.ID, id); err != nil || string(got.Lang) != lang {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
}

// presses has the button under a mail pressed many times at one moment.
func (w *world) presses(n int, press func() error) {
	w.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if err := press(); err != nil {
				w.Error(err)
			}
		})
	}
	all.Wait()
}

// TestManyPressesAtOnceFillNoMailbox: the limit on mails to one address holds for presses of the
// same moment too, as somebody makes them who wants to flood another.
func TestManyPressesAtOnceFillNoMailbox(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.submit(w.publish("letter", w.spec(Newsletter, w.weekly)), "hana@example.jp", w.weekly)
		var n atomic.Uint32
		w.presses(12, func() error {
			from := Visitor{Network: netip.AddrFrom4([4]byte{203, 0, byte(n.Add(1)), 1})}
			return w.Resend(w.ctx, a.Resend, from, w.now)
		})
		if got := len(w.mails("hana@example.jp")); got != mailsPerHour {
			t.Errorf("%d mails within the hour, and %d are allowed", got, mailsPerHour)
		}
	})
}

// TestARequestThatIsMailedAgainDoesNotLapse: whoever asks for a new mail while the old request is
// being put away gets one that works, or none.
func TestARequestThatIsMailedAgainDoesNotLapse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		for n := range 20 {
			address := strconv.Itoa(n) + "@example.jp"
			w.submit(live, address, w.weekly)
			token := w.mails(address)[0].token()
			w.now = w.now.Add(11 * 24 * time.Hour)
			var lapse atomic.Bool
			w.presses(2, func() error {
				if lapse.CompareAndSwap(false, true) {
					_, err := w.Lapse(w.ctx, w.now)
					return err
				}
				return w.ResendExpired(w.ctx, token, w.now)
			})
			mails := w.mails(address)
			if len(mails) < 2 {
				continue // put away before
			}
			if q, err := w.Confirm(w.ctx, mails[1].token(), visitor(), w.now); err != nil || q.State != RequestDone {
				t.Fatalf("%v: the new mail's link leads to what is %s", err, q.State)
			}
		}
	})
}
