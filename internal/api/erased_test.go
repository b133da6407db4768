package api

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAProgramDoesNotBringTheErasedBack: a shop's system that goes on telling what it
// knows would write an erased person down again. A no is taken all the same.
func TestAProgramDoesNotBringTheErasedBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		gone := w.get("/contacts?address="+hana).text("items", 0, "id")
		w.do(request{method: http.MethodDelete, path: prefix + "/contacts/" + gone}).is(http.StatusNoContent)
		for _, action := range []string{"granted", "requested", "confirmed"} {
			w.post("/consents/events", said(hana, "news", action)).problem(http.StatusConflict, "api.contact.erased")
		}
		if no := w.post("/consents/events", said(hana, "news", "withdrawn")).is(http.StatusCreated); no.text("evidence", "address") != "" {
			t.Errorf("the refusal writes the address down again: %s", no.raw)
		}
		m, err := addr.ParseMail(hana)
		must(t, err)
		a, err := w.Contacts.AddressByHash(t.Context(), db, w.ws.ID, w.Contacts.Hash(w.ws.ID, m))
		if err != nil || a.ErasedAt.IsZero() || a.Canonical != "" || a.Shown != "" {
			t.Errorf("%v %+v", err, a)
		}
		var last consent.Entry
		for e, err := range w.Consent.History(t.Context(), db, consent.Of{Workspace: w.ws.ID, Address: a.ID}) {
			must(t, err)
			last = e
		}
		if last.Action != consent.ActionWithdrawn || last.Erased {
			t.Errorf("the refusal is not in the log: %+v", last.Event)
		}
		if c, err := w.Contacts.Get(t.Context(), db, w.ws.ID, a.Contact); err != nil || c.Live() || c.FamilyName != "" {
			t.Errorf("%v %+v", err, c)
		}
	})
}

// TestAProgramDoesNotWriteBesideAnErasure: what a program tells at the moment at which its person
// is erased goes with the rest, or is refused.
func TestAProgramDoesNotWriteBesideAnErasure(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		for n := range 15 {
			address := strconv.Itoa(n) + "@example.jp"
			w.post("/consents/events", said(address, "news", "granted")).is(http.StatusCreated)
			gone := w.get("/contacts?address="+address).text("items", 0, "id")
			var both sync.WaitGroup
			both.Go(func() {
				w.do(request{method: http.MethodDelete, path: prefix + "/contacts/" + gone}).is(http.StatusNoContent)
			})
			both.Go(func() { w.post("/consents/events", said(address, "news", "granted")) })
			both.Wait()
			m, err := addr.ParseMail(address)
			must(t, err)
			a, err := w.Contacts.AddressByHash(t.Context(), db, w.ws.ID, w.Contacts.Hash(w.ws.ID, m))
			must(t, err)
			for e, err := range w.Consent.History(t.Context(), db, consent.Of{Workspace: w.ws.ID, Address: a.ID}) {
				must(t, err)
				if e.Evidence.Address != "" {
					t.Fatalf("%s of somebody who was erased names the address", e.Action)
				}
			}
		}
	})
}
