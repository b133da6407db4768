package consent

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// people is what a random story is about: two contacts with two addresses each,
// and what the people themselves said last.
type people struct {
	*world
	contacts  []int64
	addresses []int64
	// no holds the addresses and topics whose last own act (or recorded refusal) was a no.
	no map[Subject]bool
}

var propertyTopics = []int64{7, 8, 9}

func newPeople(w *world) *people {
	p := &people{world: w, no: map[Subject]bool{}, contacts: []int64{w.contact(), w.contact()}}
	for _, c := range p.contacts {
		p.addresses = append(p.addresses, w.addresses(2, c)...)
	}
	return p
}

func (p *people) heard(e *Event) {
	for _, topic := range propertyTopics {
		if e.Topic != 0 && e.Topic != topic {
			continue
		}
		at := Subject{e.Address, topic}
		if e.Action.Refuses() {
			p.no[at] = true
		} else if e.Action.Grants() && e.Method.OwnAct() {
			delete(p.no, at)
		}
	}
}

func (p *people) draw(t *rapid.T) *Event {
	e := p.event(
		rapid.SampledFrom([]Action{
			ActionRequested, ActionGranted, ActionGranted, ActionConfirmed, ActionReconfirmed, ActionRefused, ActionWithdrawn,
			ActionDisowned, ActionComplained, ActionPaused, ActionResumed, ActionFrequencyChanged, ActionExpired,
		}).Draw(t, "action"),
		rapid.SampledFrom([]Method{
			MethodForm, MethodPage, MethodPreferenceCentre, MethodReply, MethodOneClick, MethodImport, MethodImport,
			MethodOperator, MethodAPI, MethodProvider, MethodTimer,
		}).Draw(t, "method"),
		rapid.SampledFrom(p.addresses).Draw(t, "address"),
		rapid.SampledFrom([]int64{0, 7, 8, 9}).Draw(t, "topic"))
	if e.Topic == 0 && (e.Action.Grants() || e.Action == ActionRequested) {
		e.Topic = 7
	}
	if e.Action.Grants() && !e.Method.Tells() {
		e.Method = MethodImport // nothing else grants without the person
	}
	if e.Action.Grants() {
		e.Basis = rapid.SampledFrom([]Basis{BasisConsent, BasisNotified, BasisRelationship}).Draw(t, "basis")
		if rapid.Bool().Draw(t, "lapses") {
			e.ValidUntil = start
		}
	}
	return e
}

func (p *people) step(t *rapid.T) {
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		from, into := p.contacts[0], p.contacts[1]
		p.write(func(tx *store.Tx) error {
			if err := p.log.Merged(p.Context(), tx, from, into, start); err != nil {
				return err
			}
			_, err := tx.Exec(p.Context(), `UPDATE address SET contact_id = ? WHERE contact_id = ?`, into, from)
			return err
		})
	case 1:
		p.write(func(tx *store.Tx) error {
			return p.log.Erased(p.Context(), tx, contact.Contact{ID: p.contacts[0], Workspace: p.ws}, start)
		})
	default:
		var events []*Event
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			events = append(events, p.draw(t))
		}
		p.append(events...)
		for _, e := range events {
			p.heard(e)
		}
	}
}

// check holds the promise: who said no is neither given nor uncovered.
func (p *people) check(t *rapid.T) {
	var subjects []Subject
	for _, a := range p.addresses {
		for _, topic := range propertyTopics {
			subjects = append(subjects, Subject{a, topic})
		}
	}
	standings, err := p.log.Standings(p.Context(), p.db, p.ws, subjects, start)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range subjects {
		s := standings[i]
		if p.no[at] && (s.State.Status == StatusGiven || len(s.Stops) == 0) {
			t.Fatalf("%+v said no and stands as %+v with stops %+v", at, s.State, s.Stops)
		}
		if s.State.Status == StatusGiven && len(s.Stops) > 0 {
			t.Fatalf("%+v is given and stopped: %+v", at, s)
		}
	}
}

func TestNoStoryUndoesARefusal(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		rapid.Check(t, func(t *rapid.T) {
			p := newPeople(w)
			for range rapid.IntRange(1, 6).Draw(t, "steps") {
				p.step(t)
				p.check(t)
			}
		})
		got, err := w.log.Rebuild(t.Context(), w.ws)
		if err != nil || got.Found != 0 || got.Events == 0 {
			t.Fatalf("rebuilt %+v, %v", got, err)
		}
		w.sequence()
		v, err := w.log.VerifyAll(t.Context(), w.ws)
		if err != nil || v.Found != 0 || v.Leaves != got.Events {
			t.Fatalf("verified %+v, %v", v, err)
		}
	})
}

func TestRebuildRepairsWhatSomebodyBroke(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a, b := w.address(), w.address()
		w.append(w.event(ActionGranted, MethodForm, a, 7), w.event(ActionWithdrawn, MethodPage, b, 0), w.event(ActionWithdrawn, MethodPage, b, 7))
		before := []State{w.state(a, 7), w.state(b, 0), w.state(b, 7)}
		w.write(func(tx *store.Tx) error {
			for _, try := range []func() (int64, error){
				func() (int64, error) { return tx.Exec(t.Context(), `UPDATE consent_state SET state = 'given'`) },
				func() (int64, error) { return tx.Exec(t.Context(), `DELETE FROM suppression WHERE topic_id = 0`) },
				func() (int64, error) {
					return tx.Exec(t.Context(), `INSERT INTO consent_state (address_id, topic_id, workspace_id, state, event_id, since)
						SELECT address_id, 99, workspace_id, 'given', event_id, since FROM consent_state WHERE topic_id = 0`)
				},
			} {
				if _, err := try(); err != nil {
					return err
				}
			}
			return nil
		})
		got, err := w.log.Rebuild(t.Context(), w.ws)
		if err != nil || got.Found != 4 || got.Addresses != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		after := []State{w.state(a, 7), w.state(b, 0), w.state(b, 7)}
		if !slices.Equal(before, after) || w.state(b, 99) != (State{}) || !w.stopped(b, 8) {
			t.Errorf("%+v", after)
		}
		if again, err := w.log.Rebuild(context.Background(), w.ws); err != nil || again.Found != 0 {
			t.Errorf("a second time: %+v, %v", again, err)
		}
	})
}
