package consent

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestARefusalStandsUntilThePersonComesBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.address()
		const topic, other = 7, 8
		w.append(w.event(ActionGranted, MethodForm, a, topic), w.event(ActionGranted, MethodForm, a, other))
		if s := w.state(a, topic); s.Status != StatusGiven || s.OwnEvent != s.Event || w.stopped(a, topic) {
			t.Fatalf("after the form: %+v", s)
		}
		refused := w.append(w.event(ActionWithdrawn, MethodOneClick, a, topic))
		if len(refused) != 1 || refused[0].Seq == 0 || refused[0].Topic != topic || len(refused[0].AddressHash) != 32 {
			t.Fatalf("refused: %+v", refused)
		}
		for _, m := range []Method{MethodImport, MethodOperator, MethodAPI, MethodTimer, MethodMerge, MethodProvider} {
			w.append(w.event(ActionRequested, m, a, topic))
			if m.Tells() { // nothing else grants at all
				w.append(w.event(ActionGranted, m, a, topic), w.event(ActionReconfirmed, m, a, topic), w.event(ActionRequested, m, a, topic))
			}
			if s := w.state(a, topic); s.Status != StatusWithdrawn || !w.stopped(a, topic) {
				t.Fatalf("%s undid a refusal: %+v", m, s)
			}
		}
		if w.stopped(a, other) || w.state(a, other).Status != StatusGiven {
			t.Error("a refusal of one topic reached another")
		}
		w.append(w.event(ActionGranted, MethodPage, a, topic))
		if s := w.state(a, topic); s.Status != StatusGiven || w.stopped(a, topic) || w.live() != 0 {
			t.Errorf("the person came back: %+v", s)
		}
	})
}

func TestARefusalOfEverythingEndsEveryTopicAndStays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.address()
		w.append(w.event(ActionGranted, MethodForm, a, 7), w.event(ActionRequested, MethodForm, a, 8))
		w.append(w.event(ActionWithdrawn, MethodPreferenceCentre, a, 0))
		for topic := range int64(3) {
			if !w.stopped(a, 6+topic) {
				t.Errorf("topic %d is open", 6+topic)
			}
		}
		w.append(w.event(ActionGranted, MethodForm, a, 7), w.event(ActionGranted, MethodImport, a, 9))
		if w.stopped(a, 7) || w.state(a, 7).Status != StatusGiven {
			t.Error("the own act did not open its topic")
		}
		if !w.stopped(a, 8) || !w.stopped(a, 9) || w.state(a, 9).Status == StatusGiven || w.live() != 1 {
			t.Error("the own act opened more than its topic")
		}
		w.append(w.event(ActionComplained, MethodProvider, a, 0))
		if !w.stopped(a, 7) || w.live() != 2 {
			t.Error("a later complaint does not cover")
		}
	})
}

func TestOrderInsideOneBatchCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a, b := w.address(), w.address()
		refused := w.append(
			w.event(ActionGranted, MethodForm, a, 7), w.event(ActionWithdrawn, MethodPage, a, 7), w.event(ActionGranted, MethodForm, a, 7),
			w.event(ActionGranted, MethodForm, b, 7), w.event(ActionWithdrawn, MethodPage, b, 7), w.event(ActionWithdrawn, MethodPage, b, 7))
		if len(refused) != 3 || refused[0].Seq >= refused[1].Seq {
			t.Errorf("refused: %+v", refused)
		}
		if w.stopped(a, 7) || !w.stopped(b, 7) || w.state(a, 7).Status != StatusGiven || w.state(b, 7).Status != StatusWithdrawn {
			t.Error("the order was lost")
		}
	})
}

func TestImportsDoNotReplaceBetterPermissions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a, b := w.address(), w.address()
		w.append(w.event(ActionConfirmed, MethodPage, a, 7))
		weak := func(address int64, basis Basis, at time.Time) *Event {
			e := w.event(ActionGranted, MethodImport, address, 7)
			e.Basis, e.OccurredAt = basis, at
			return e
		}
		w.append(weak(a, BasisRelationship, start), weak(b, BasisRelationship, start), weak(b, BasisRelationship, start.AddDate(0, 1, 0)))
		if s := w.state(a, 7); s.Basis != BasisConsent || s.OwnEvent != s.Event {
			t.Errorf("the person's own permission was replaced: %+v", s)
		}
		if s := w.state(b, 7); s.Basis != BasisRelationship || !s.Since.Equal(start.AddDate(0, 1, 0)) {
			t.Errorf("a newer transaction did not renew: %+v", s)
		}
	})
}

func TestPausesAndFrequencies(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.address()
		w.append(w.event(ActionGranted, MethodForm, a, 7), w.event(ActionPaused, MethodPage, a, 7),
			w.event(ActionFrequencyChanged, MethodPage, a, 7), w.event(ActionPaused, MethodPage, a, 0))
		given := w.state(a, 7)
		loose := w.event(ActionFrequencyChanged, MethodOperator, a, 7)
		loose.Frequency = Frequency{Count: 9, Period: Day}
		w.append(w.event(ActionResumed, MethodOperator, a, 7), loose)
		if s := w.state(a, 7); s != given || s.PausedUntil.IsZero() || s.Frequency.Count != 1 {
			t.Errorf("an operator loosened the person's choice: %+v", s)
		}
		if every := w.state(a, 0); every.PausedUntil.IsZero() || every.Status != "" || w.stopped(a, 7) {
			t.Errorf("pause of everything: %+v", every)
		}
		w.append(w.event(ActionResumed, MethodPreferenceCentre, a, 7))
		if s := w.state(a, 7); !s.PausedUntil.IsZero() || s.Event != given.Event {
			t.Errorf("resumed: %+v", s)
		}
	})
}

func TestExpiryEndsOnlyWhatItMeans(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a, b := w.address(), w.address()
		first := w.event(ActionGranted, MethodForm, a, 7)
		w.append(first, w.event(ActionReconfirmed, MethodPage, a, 7), w.event(ActionWithdrawn, MethodPage, b, 7))
		late := w.event(ActionExpired, MethodTimer, a, 7)
		late.RefersTo = first.ID
		w.append(late, w.event(ActionExpired, MethodTimer, b, 7))
		if w.state(a, 7).Status != StatusGiven || w.state(b, 7).Status != StatusWithdrawn {
			t.Error("an expiry ended something else")
		}
		w.append(w.event(ActionExpired, MethodTimer, a, 7))
		if w.state(a, 7).Status != StatusExpired {
			t.Error("an expiry did nothing")
		}
	})
}

func TestMalformedEventsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.address()
		stranger := newAddressElsewhere(w)
		good := func() *Event { return w.event(ActionGranted, MethodForm, a, 7) }
		for name, tt := range map[string]struct {
			spoil func(*Event)
			kind  fault.Kind
		}{
			"action":      {func(e *Event) { e.Action = "liked" }, fault.Invalid},
			"method":      {func(e *Event) { e.Method = `x","y":"` }, fault.Invalid},
			"basis":       {func(e *Event) { e.Basis = "" }, fault.Invalid},
			"no topic":    {func(e *Event) { e.Topic = 0 }, fault.Invalid},
			"no time":     {func(e *Event) { e.OccurredAt = time.Time{} }, fault.Invalid},
			"far time":    {func(e *Event) { e.OccurredAt = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) }, fault.Invalid},
			"grade":       {func(e *Event) { e.Grade = "Z" }, fault.Invalid},
			"frequency":   {func(e *Event) { e.Frequency = Frequency{Count: 1, Period: "hour"} }, fault.Invalid},
			"huge":        {func(e *Event) { e.Evidence.Note = strings.Repeat("x", maxEvidence) }, fault.Invalid},
			"unknown":     {func(e *Event) { e.Address = 1 << 50 }, fault.NotFound},
			"stranger":    {func(e *Event) { e.Address = stranger }, fault.NotFound},
			"other hash":  {func(e *Event) { e.AddressHash = w.hash("else") }, fault.NotFound},
			"other house": {func(e *Event) { e.Workspace++ }, fault.Invalid},
		} {
			bad := good()
			tt.spoil(bad)
			err := db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := w.log.Append(t.Context(), tx, []*Event{good(), bad})
				return err
			})
			if !fault.Is(err, tt.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.count(func() *store.Row { return db.QueryRow(t.Context(), `SELECT COUNT(*) FROM consent_event`) }); n != 0 {
			t.Errorf("%d events were kept", n)
		}
	})
}

func newAddressElsewhere(w *world) int64 {
	own := w.ws
	w.ws = w.addWorkspace("other")
	defer func() { w.ws = own }()
	return w.address()
}

func TestTheLogCannotBeRewritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.append(w.event(ActionGranted, MethodForm, w.address(), 7))
		ctx := t.Context()
		for name, try := range map[string]func(*store.Tx) (int64, error){
			"update event":    func(tx *store.Tx) (int64, error) { return tx.Exec(ctx, `UPDATE consent_event SET topic_id = 8`) },
			"delete event":    func(tx *store.Tx) (int64, error) { return tx.Exec(ctx, `DELETE FROM consent_event`) },
			"update evidence": func(tx *store.Tx) (int64, error) { return tx.Exec(ctx, `UPDATE consent_evidence SET record = '{}'`) },
		} {
			err := db.Write(ctx, func(tx *store.Tx) error { _, err := try(tx); return err })
			if !fault.Is(err, fault.Refused) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestEvidenceComesBackAsItWasGiven(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		e := w.event(ActionConfirmed, MethodPage, w.address(), 7)
		e.Evidence = Evidence{
			Address: "山田 <x>@example.jp", Network: "203.0.113.0/24", UserAgent: "UA", Page: "https://example.jp/?a&b", Referrer: "r", Lang: "ja",
			Form: 5, FormVersion: 6, Shown: strings.Repeat("ab", 32), Purposes: []TextRef{{Key: "p", Version: 2}},
			Wordings: []TextRef{{Key: "w", Version: 1, Hash: "00", Lang: "ja"}}, PolicyURL: "https://example.jp/p",
			Boxes: map[string]bool{"news": true, "ads": false}, Frequency: "週1回まで", Message: 9, Signup: 10,
			Confirmation: &Confirmation{Message: 9, SentAt: start, PressedAt: start.Add(time.Minute), Network: "n", UserAgent: "u", Shown: "s"},
			File:         "f.csv", FileHash: "cd", Line: 3, Source: "展示会", Reason: "r", Note: "n",
		}
		w.append(e)
		got, err := w.log.EventByID(t.Context(), db, w.ws, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Grade != GradeA || got.Evidence.Boxes["ads"] || !got.Evidence.Boxes["news"] || *got.Evidence.Confirmation != *e.Evidence.Confirmation {
			t.Errorf("%+v", got.Evidence)
		}
		again, err := encodeEvidence(&got.Evidence)
		if err != nil || again != got.record {
			t.Errorf("evidence changed: %s", again)
		}
		if !bytes.Contains(got.Encoding(), []byte(`"v":"kyodaku-event-v1"`)) || got.Seq != -1 {
			t.Errorf("%s", got.Encoding())
		}
	})
}

// TestIdsOfOneAddressGrow has two nodes, with blocks of ids of their own, write
// about one address in turn.
func TestIdsOfOneAddressGrow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		second := *w
		second.db = storetest.Open(t, db.URL())
		second.log = New(second.db, w.ring, w.log.log)
		a, last := w.address(), int64(0)
		for i := range 8 {
			node := w
			if i%2 == 1 {
				node = &second
			}
			e := node.event(ActionWithdrawn, MethodPage, a, 7)
			node.append(e)
			if e.ID <= last {
				t.Fatalf("event %d after %d", e.ID, last)
			}
			last = e.ID
		}
	})
}

func TestNothingIsKeptOfAFailedTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		told := 0
		w.log.Watch(func([]Refused) { told++ })
		stop := errors.New("stop")
		a := w.address()
		err := db.Write(context.Background(), func(tx *store.Tx) error {
			if _, err := w.log.Append(t.Context(), tx, []*Event{w.event(ActionWithdrawn, MethodPage, a, 0)}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) || told != 0 || w.live() != 0 {
			t.Errorf("%v, told %d times", err, told)
		}
		w.append(w.event(ActionWithdrawn, MethodPage, a, 0))
		if told != 1 || w.live() != 1 {
			t.Errorf("told %d times", told)
		}
	})
}

// TestNothingButAWordGrants: whatever comes about by itself, or by what a machine may have
// pressed, is never written down as a yes (rule COL-18).
func TestNothingButAWordGrants(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		address := w.address()
		for _, action := range []Action{ActionGranted, ActionConfirmed, ActionReconfirmed} {
			for method, tells := range map[Method]bool{
				MethodForm: true, MethodPage: true, MethodPreferenceCentre: true, MethodReply: true, MethodImport: true, MethodOperator: true, MethodAPI: true,
				MethodTimer: false, MethodOneClick: false, MethodProvider: false, MethodMerge: false, MethodErasure: false,
			} {
				e := w.event(action, method, address, 7)
				err := w.db.Write(t.Context(), func(tx *store.Tx) error {
					_, err := w.log.Append(t.Context(), tx, []*Event{e})
					return err
				})
				if tells != (err == nil) || !tells && !fault.Is(err, fault.Invalid) {
					t.Errorf("%s by %s: %v", action, method, err)
				}
			}
		}
	})
}
