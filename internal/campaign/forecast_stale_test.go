package campaign

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// event is something said about an address and the topic.
func (w *world) event(a contact.Address, action consent.Action) *consent.Event {
	e := &consent.Event{
		Workspace: w.ws.ID, Address: a.ID, Topic: w.topic.ID, Action: action, Method: consent.MethodForm, OccurredAt: w.now,
		Evidence: consent.Evidence{Page: "https://mori.example.jp/"},
	}
	if action.Grants() {
		e.Basis = consent.BasisConsent
	}
	return e
}

// told appends events as they come from people and programs.
func (w *world) told(events ...*consent.Event) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := w.Consent.Append(ctx, tx, events)
		return err
	})
}

// onFile makes people by what a file says of them.
func (w *world) onFile(n int) (all []contact.Address) {
	w.Helper()
	grounds := []struct {
		basis contact.Basis
		facts *contact.BasisFacts
	}{
		{contact.Consent, nil},
		{contact.Notified, &contact.BasisFacts{Written: true, RefusalOffered: true}},
		{contact.Relationship, &contact.BasisFacts{Transaction: "7", LastTransaction: w.now.AddDate(0, -13, 0)}},
		{contact.Published, &contact.BasisFacts{PageURL: "https://x.example/", PageCaptured: w.now.AddDate(0, 0, -30), InBusiness: true}},
	}
	for i := range n {
		id := int64(7_000_000 + 10*i)
		mail := must(addr.ParseMail(fmt.Sprintf("f%d@%s", i, [...]string{"gmail.com", "firma.de", "docomo.ne.jp"}[i/4%3])))
		hash := sha256.Sum256([]byte(mail.Canonical()))
		g := grounds[i%len(grounds)]
		person := contact.Traits{Channel: addr.Email, Domain: mail.Domain(), Live: true, Name: "田中"}.Kind()
		w.write(func(ctx context.Context, tx *store.Tx) error {
			at := store.Micros(w.now)
			if err := tx.InsertRows(ctx, sqlCrowdContacts, "", 9, []any{id, w.ws.ID, "田中", "", "", "", "", at, at}); err != nil {
				return err
			}
			if err := tx.InsertRows(ctx, sqlCrowdAddresses, "", 9, []any{id, w.ws.ID, id, "email", string(mail.Canonical()), mail.String(), mail.Domain(), hash[:], at}); err != nil {
				return err
			}
			return w.Consent.Imported(ctx, tx, []contact.Grant{{
				Workspace: w.ws.ID, Contact: id, Address: id, Fresh: true, Person: person, Hash: hash[:], Shown: mail.String(),
				Topics: []int64{w.topic.ID}, Basis: g.basis, At: w.now.AddDate(0, -13, 0), ReceivedAt: w.now, Source: "展示会", Evidence: "12", Facts: g.facts,
			}})
		})
		all = append(all, must(w.Contacts.AddressByID(w.Context(), w.DB, w.ws.ID, id)))
	}
	return all
}

// edited changes a person's data.
func (w *world) edited(a contact.Address, change func(c *contact.Contact)) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		c, err := w.person(ctx, tx, a)
		if err != nil || c.ID == 0 {
			return err
		}
		change(&c)
		_, err = w.Contacts.Edit(ctx, tx, c, w.now)
		return err
	})
}

// as reads an address as it is now.
func (w *world) as(a contact.Address) contact.Address {
	w.Helper()
	return must(w.Contacts.AddressByID(w.Context(), w.DB, w.ws.ID, a.ID))
}

// person is an address's living contact; one without id if there is none.
func (w *world) person(ctx context.Context, tx *store.Tx, a contact.Address) (contact.Contact, error) {
	if a.Contact == 0 {
		return contact.Contact{}, nil
	}
	c, err := w.Contacts.Get(ctx, tx, w.ws.ID, a.Contact)
	if err != nil || !c.Live() {
		return contact.Contact{}, err
	}
	return c, nil
}

// acts are what happens to people, each to one of them; another stands by.
func (w *world) acts(names map[int64]string) map[string]func(a, other contact.Address) {
	said := func(action consent.Action, change func(*consent.Event)) func(a, _ contact.Address) {
		return func(a, _ contact.Address) {
			e := w.event(a, action)
			if change != nil {
				change(e)
			}
			w.told(e)
		}
	}
	country := func(code string) func(a, _ contact.Address) {
		return func(a, _ contact.Address) { w.edited(a, func(c *contact.Contact) { c.Country = code }) }
	}
	manual := func(a, _ contact.Address) {
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Consent.AddSuppression(ctx, tx, consent.Suppression{
				Workspace: w.ws.ID, Channel: addr.Email, AddressHash: a.Hash, Kind: consent.SuppressionManual, Detail: "x", Source: "operator",
			}, w.now)
			return err
		})
	}
	all := map[string]func(a, other contact.Address){
		"moves to Germany": country("DE"),
		"moves to Canada":  country("CA"),
		"moves nowhere":    country(""),
		"joins a company":  func(a, _ contact.Address) { w.edited(a, func(c *contact.Contact) { c.Company = "株式会社例" }) },
		"has a reading": func(a, _ contact.Address) {
			w.edited(a, func(c *contact.Contact) { c.FamilyKana, c.Lang = "タナカ", "" })
		},
		"lives in Tokyo":   func(a, _ contact.Address) { w.edited(a, func(c *contact.Contact) { c.Prefecture = "東京都" }) },
		"withdraws":        said(consent.ActionWithdrawn, nil),
		"refuses all":      said(consent.ActionWithdrawn, func(e *consent.Event) { e.Topic = 0 }),
		"complains":        said(consent.ActionComplained, func(e *consent.Event) { e.Topic, e.Method = 0, consent.MethodForm }),
		"agrees":           said(consent.ActionGranted, nil),
		"agreed long ago":  said(consent.ActionGranted, func(e *consent.Event) { e.OccurredAt = w.now.AddDate(-3, 0, 0) }),
		"agrees for a day": said(consent.ActionGranted, func(e *consent.Event) { e.ValidUntil = w.now.Add(-time.Hour) }),
		"pauses":           said(consent.ActionPaused, func(e *consent.Event) { e.PausedUntil = w.now.Add(time.Hour) }),
		"pauses all":       said(consent.ActionPaused, func(e *consent.Event) { e.Topic, e.PausedUntil = 0, w.now.Add(time.Hour) }),
		"runs out":         said(consent.ActionExpired, func(e *consent.Event) { e.Method = consent.MethodImport }),
		"is stopped":       manual,
		"is erased": func(a, _ contact.Address) {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				c, err := w.person(ctx, tx, a)
				if err != nil || c.ID == 0 {
					return err
				}
				return w.Contacts.Erase(ctx, tx, w.ws.ID, c.ID, w.now)
			})
		},
		"is somebody else": func(a, other contact.Address) {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				from, err := w.person(ctx, tx, a)
				if err != nil || from.ID == 0 || a.Contact == other.Contact {
					return err
				}
				into, err := w.person(ctx, tx, other)
				if err != nil || into.ID == 0 {
					return err
				}
				return w.Contacts.Merge(ctx, tx, w.ws.ID, from.ID, into.ID, w.now)
			})
		},
		"has its ground forgotten": func(a, _ contact.Address) {
			w.write(func(ctx context.Context, tx *store.Tx) error { return w.Consent.Forget(ctx, tx, []int64{a.ID}) })
		},
		"is rebuilt": func(contact.Address, contact.Address) { must(w.Consent.Rebuild(w.Context(), w.ws.ID)) },
		"comes back": func(a, _ contact.Address) {
			mail, err := addr.ParseMail(cmp.Or(a.Shown, names[a.ID]))
			if err != nil {
				w.Fatal(err)
			}
			w.write(func(ctx context.Context, tx *store.Tx) error {
				row, _, err := w.Contacts.EnsureAddress(ctx, tx, w.ws.ID, mail, w.now)
				if err != nil {
					return err
				}
				_, _, err = w.Contacts.EnsureContact(ctx, tx, row, contact.Contact{FamilyName: "Müller", Country: "US"}, w.now)
				return err
			})
		},
	}
	all["has a telephone"] = w.telephone
	return all
}

// telephone gives a person a number, which tells a country where nothing better does.
func (w *world) telephone(a, _ contact.Address) {
	w.write(func(ctx context.Context, tx *store.Tx) error {
		c, err := w.person(ctx, tx, a)
		if err != nil || c.ID == 0 {
			return err
		}
		row, _, err := w.Contacts.EnsureAddress(ctx, tx, w.ws.ID, must(addr.ParsePhone(fmt.Sprintf("+4930%08d", a.ID%1e8))), w.now)
		if err != nil || row.Contact != 0 {
			return err
		}
		return w.Contacts.Attach(ctx, tx, row.ID, c.ID)
	})
}

// TestAForecastIsNeverStale has things happen to people in a random order: after each the
// forecast must agree with the gate, before the program has sorted them anew and after.
func TestAForecastIsNeverStale(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		people := append(w.readers(8), w.onFile(60)...) // five of each: the first and the last answer for the others
		c := w.draft()
		w.agrees(c, "as they came")
		names := map[int64]string{} // erasure forgets them
		for _, a := range people {
			names[a.ID] = a.Shown
		}
		acts, r := w.acts(names), rand.New(rand.NewPCG(uint64(len(people)), 4))
		for round := range 3 {
			for what, act := range acts {
				must(w.Consent.SortKinds(t.Context()))
				a, other := w.as(people[r.IntN(len(people))]), w.as(people[r.IntN(len(people))])
				act(a, other)
				w.agrees(c, fmt.Sprintf("%d: %s (%d)", round, what, a.ID))
				w.keptInOrder(what)
				if w.agrees(c, "sorted after "+what); t.Failed() {
					return
				}
			}
		}
	})
}

// TestSortingAndEditingAtOnce has people edited while they are being sorted: whoever
// comes second must see the first.
func TestSortingAndEditingAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		people := w.onFile(8)
		var editors sync.WaitGroup
		for n := range 2 {
			editors.Go(func() {
				r := rand.New(rand.NewPCG(uint64(n), 9))
				for range 40 {
					code := one(r, "", "DE", "US", "JP")
					w.edited(people[4*n+r.IntN(4)], func(c *contact.Contact) { c.Country = code })
				}
			})
		}
		done := make(chan struct{})
		go func() { editors.Wait(); close(done) }()
		for edited := false; !edited; {
			select {
			case <-done:
				edited = true
			default:
			}
			must(w.Consent.SortKinds(t.Context()))
		}
		w.keptInOrder("many edits")
	})
}

// TestAnImportSortsItsPeople holds that new people need no sorting afterwards, and that
// what is written beside them is what sorting would find.
func TestAnImportSortsItsPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.onFile(12)
		if n := must(w.Consent.SortKinds(t.Context())); n != 0 {
			t.Errorf("%d are still to be sorted", n)
		}
		w.keptInOrder("the import")
	})
}

// keptInOrder sorts everything anew: whatever was sorted must have been so already.
func (w *world) keptInOrder(when string) {
	w.Helper()
	before := w.kindsOf()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE consent_state SET person_kind = 0, ground_kind = 0, ground_at = 0`)
		return err
	})
	must(w.Consent.SortKinds(w.Context()))
	for at, now := range w.kindsOf() {
		was := before[at]
		if was.person != 0 && was.person != now.person || was.ground != 0 && (was.ground != now.ground || was.at != now.at) {
			w.Errorf("%s: %v was %+v and is %+v", when, at, was, now)
		}
	}
}

// kinds are what stands beside a state.
type kinds struct{ person, ground, at int64 }

func (w *world) kindsOf() map[consent.Subject]kinds {
	w.Helper()
	rows := must(w.DB.Query(w.Context(), `SELECT address_id, topic_id, person_kind, ground_kind, ground_at FROM consent_state`))
	defer rows.Close()
	out := map[consent.Subject]kinds{}
	for rows.Next() {
		var at consent.Subject
		var k kinds
		if err := rows.Scan(&at.Address, &at.Topic, &k.person, &k.ground, &k.at); err != nil {
			w.Fatal(err)
		}
		out[at] = k
	}
	return out
}
