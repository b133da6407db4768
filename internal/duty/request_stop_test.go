package duty

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// stopper remembers for whom provisions were stopped.
type stopper struct {
	err  error
	made []Request
}

func (s *stopper) StopFor(_ context.Context, _ *store.Tx, _ account.By, q Request, _ time.Time) error {
	s.made = append(s.made, q)
	return s.err
}

func (s *stopper) StopAddress(_ context.Context, _ *store.Tx, q Request, _ []byte, _ time.Time) error {
	s.made = append(s.made, q)
	return s.err
}

// TestAStopAskedForOnAPageIsOneWithItsRequest holds that of a request to stop, made by who has an
// address, neither the request nor the stop is stored alone.
func TestAStopAskedForOnAPageIsOneWithItsRequest(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		broken, good := &stopper{err: errors.New("no")}, &stopper{}
		w.Stops = broken
		asked := Asked{Workspace: w.ws, Kind: "stop_provision", Form: "electronic", Name: "青木 花子", Address: "stranger@example.jp"}
		if err := w.Ask(t.Context(), asked, w.now); !errors.Is(err, broken.err) {
			t.Errorf("a stop that failed: %v", err)
		}
		if all, err := w.Requests(t.Context(), db, w.ws); err != nil || len(all) != 0 {
			t.Errorf("requests without their stop: %+v, %v", all, err)
		}
		w.Stops = good
		if err := w.Ask(t.Context(), asked, w.now); err != nil {
			t.Fatal(err)
		}
		asked.Kind = "disclosure"
		if err := w.Ask(t.Context(), asked, w.now); err != nil || len(good.made) != 1 {
			t.Errorf("stopped %+v, %v", good.made, err)
		}
	})
}

// TestAStopAndItsRequestAreOne holds that a request to stop is stored, or its person made sure
// of, together with the stop or not at all.
func TestAStopAndItsRequestAreOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		q := Request{Workspace: w.ws, Contact: w.person.ID, Kind: "stop_provision", Form: "electronic", ReceivedAt: w.now.Add(-time.Hour)}
		if _, err := w.EnterRequest(t.Context(), officer, q, w.now); !fault.Is(err, fault.Internal) {
			t.Errorf("a stop that nobody makes: %v", err)
		}
		broken := &stopper{err: errors.New("no")}
		w.Stops = broken
		if _, err := w.EnterRequest(t.Context(), officer, q, w.now); !errors.Is(err, broken.err) {
			t.Errorf("a stop that failed: %v", err)
		}
		if all, err := w.Requests(t.Context(), db, w.ws); err != nil || len(all) != 0 {
			t.Errorf("requests without their stop: %+v, %v", all, err)
		}
		q.Contact = 0 // nobody knows yet who asks
		id, err := w.EnterRequest(t.Context(), officer, q, w.now)
		if err != nil || len(broken.made) != 1 {
			t.Fatal(broken.made, err)
		}
		who := Request{ID: id, Workspace: w.ws, Contact: w.person.ID, Identity: "papers"}
		if err := w.Identify(t.Context(), officer, who, w.now); !errors.Is(err, broken.err) {
			t.Errorf("a stop that failed: %v", err)
		}
		good := &stopper{}
		w.Stops = good
		if err := w.Identify(t.Context(), officer, who, w.now); err != nil {
			t.Fatal(err)
		}
		if len(good.made) != 1 || good.made[0].Contact != w.person.ID || !good.made[0].ReceivedAt.Equal(q.ReceivedAt) {
			t.Errorf("stopped: %+v", good.made)
		}
	})
}

// TestWhatWasDoneIsSaid holds that whoever decides about a request a second time reads what
// happened before, and that only a request of somebody else is not found.
func TestWhatWasDoneIsSaid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id, err := w.EnterRequest(t.Context(), officer, Request{Workspace: w.ws, Kind: "correction", Form: "paper", ReceivedAt: w.now}, w.now)
		if err != nil {
			t.Fatal(err)
		}
		who := Request{ID: id, Workspace: w.ws, Contact: w.person.ID, Identity: "papers"}
		answer := Request{ID: id, Workspace: w.ws, Outcome: "granted"}
		identify := func() error { return w.Identify(t.Context(), officer, who, w.now) }
		for _, step := range []struct {
			do  func() error
			key string
		}{
			{identify, ""},
			{identify, "duty.request.identified"},
			{func() error { return w.Answer(t.Context(), officer, answer, w.now) }, ""},
			{identify, "duty.request.answered"},
		} {
			err := step.do()
			if step.key == "" && err != nil {
				t.Error(err)
			}
			if f, ok := errors.AsType[*fault.Error](err); step.key != "" && (!ok || f.Key != step.key || f.Kind != fault.Refused) {
				t.Errorf("want %s, got %v", step.key, err)
			}
		}
		who.Workspace++
		if err := identify(); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's request: %v", err)
		}
	})
}
