package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

var epoch = time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)

// hands is a clock that tests set.
type hands struct{ micros atomic.Int64 }

func (h *hands) now() time.Time          { return epoch.Add(time.Duration(h.micros.Load())) }
func (h *hands) forward(d time.Duration) { h.micros.Add(int64(d)) }

func runner(db *store.DB, node string, clock func() time.Time) *Runner {
	return NewRunner(db, slog.New(slog.DiscardHandler), Options{Node: node, Clock: clock, Poll: 20 * time.Millisecond})
}

func enqueue(t *testing.T, db *store.DB, r *Runner, n New) (id int64) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *store.Tx) (err error) { id, err = r.Enqueue(t.Context(), tx, n); return err }); err != nil {
		t.Fatal(err)
	}
	return id
}

// settled waits for a final state; the deadline is only for a broken program.
func settled(t *testing.T, db *store.DB, id int64) Job {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		j, err := Get(t.Context(), db, 1, id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State.Final() {
			return j
		}
	}
	t.Fatal("the job did not end")
	return Job{}
}

func TestAJobRunsWhenItsTransactionCommits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := runner(db, "a", time.Now)
		var ran atomic.Int64
		r.Register("count", func(ctx context.Context, run *Run) error {
			ran.Add(1)
			var n struct{ Up int64 }
			if err := run.DecodePayload(&n); err != nil {
				return err
			}
			return db.Write(ctx, func(tx *store.Tx) error {
				return run.Advance(ctx, tx, Progress{Done: n.Up, Total: n.Up, Cursor: "end", Result: map[string]int64{"up": n.Up}})
			})
		})
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer r.Stop()
		undone := errors.New("undone")
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := r.Enqueue(t.Context(), tx, New{Workspace: 1, Kind: "count", Payload: map[string]int{"Up": 1}}); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		j := settled(t, db, enqueue(t, db, r, New{Workspace: 1, Kind: "count", Payload: map[string]int{"Up": 7}}))
		if j.State != Done || j.Done != 7 || j.Cursor != "end" || string(j.Result) != `{"up":7}` || ran.Load() != 1 {
			t.Errorf("%+v, ran %d times", j, ran.Load())
		}
		if _, err := Get(t.Context(), db, 2, j.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace sees the job: %v", err)
		}
		if all, err := List(t.Context(), db, 1, "count", 0, 10); err != nil || len(all) != 1 {
			t.Errorf("%d jobs, %v", len(all), err)
		}
	})
}

func TestADeadNodesJobGoesOnAtItsCursor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		clock := &hands{}
		a, b := runner(db, "a", clock.now), runner(db, "b", clock.now)
		a.Register("k", nil)
		b.Register("k", nil)
		enqueue(t, db, a, New{Workspace: 1, Kind: "k"})
		dead, err := a.claim(ctx, []string{"k"})
		if err != nil || dead == nil {
			t.Fatal(err)
		}
		step := func(run *Run, cursor string) error {
			return db.Write(ctx, func(tx *store.Tx) error { return run.Advance(ctx, tx, Progress{Done: 1, Cursor: cursor}) })
		}
		if err := step(dead, "half"); err != nil {
			t.Fatal(err)
		}
		if early, err := b.claim(ctx, []string{"k"}); early != nil || err != nil {
			t.Fatalf("a live lease was taken: %v", err)
		}
		clock.forward(time.Minute)
		heir, err := b.claim(ctx, []string{"k"})
		if err != nil || heir == nil || heir.Cursor != "half" || heir.Tries != 2 {
			t.Fatalf("%+v, %v", heir, err)
		}
		if err := step(dead, "stolen"); !errors.Is(err, ErrLost) {
			t.Errorf("the dead node wrote progress: %v", err)
		}
		if err := dead.finish(ctx, Done, "", clock.now()); err != nil {
			t.Fatal(err)
		}
		if j, err := Get(ctx, db, 1, heir.ID); err != nil || j.Cursor != "half" || j.State != Running {
			t.Errorf("%+v, %v", j, err)
		}
	})
}

// TestWhatBeginsAnewIsNotTriedForEver: showing how far work has come gives no tries back.
func TestWhatBeginsAnewIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		clock := &hands{}
		r := runner(db, "a", clock.now)
		r.Register("k", nil)
		id := enqueue(t, db, r, New{Workspace: 1, Kind: "k"})
		var before *Run
		for tries := range int64(3) {
			run, err := r.claim(ctx, []string{"k"})
			if err != nil || run == nil || run.Tries != tries+1 {
				t.Fatalf("%+v, %v", run, err)
			}
			show := func(run *Run) error {
				return db.Write(ctx, func(tx *store.Tx) error { return run.Show(ctx, tx, 7+tries) })
			}
			if err := show(run); err != nil {
				t.Fatal(err)
			}
			if j, err := Get(ctx, db, 1, id); err != nil || j.Done != 7+tries || j.Cursor != "" {
				t.Errorf("%+v, %v", j, err)
			}
			if before != nil {
				if err := show(before); !errors.Is(err, ErrLost) {
					t.Errorf("whoever lost the job wrote on: %v", err)
				}
			}
			before = run
			clock.forward(time.Minute)
		}
	})
}

func TestHowJobsEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock := &hands{}
		r := runner(db, "a", clock.now)
		r.opt.Lease = 1e6 * time.Hour // this clock runs; no lease is to end here
		var tries atomic.Int64
		ends := map[string]Handler{
			"bad":   func(context.Context, *Run) error { return fault.Bad("file", "x.y") },
			"panic": func(context.Context, *Run) error { panic("boom") },
			"late": func(context.Context, *Run) error {
				if tries.Add(1) < 3 {
					return errors.New("not yet")
				}
				return nil
			},
			"never": func(context.Context, *Run) error { return errors.New("broken") },
		}
		for kind, h := range ends {
			r.Register(kind, h)
		}
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer r.Stop()
		for kind, want := range map[string]struct {
			state State
			err   string
		}{"bad": {Failed, "fault.invalid"}, "panic": {Failed, "fault.internal"}, "late": {Done, ""}, "never": {Failed, "fault.internal"}} {
			id := enqueue(t, db, r, New{Workspace: 1, Kind: kind})
			for {
				j, err := Get(t.Context(), db, 1, id)
				if err != nil {
					t.Fatal(err)
				}
				if j.State.Final() {
					if j.State != want.state || j.Error != want.err {
						t.Errorf("%s: %s %q", kind, j.State, j.Error)
					}
					break
				}
				clock.forward(10 * time.Second) // past the pause between tries
				time.Sleep(time.Millisecond)
			}
		}
	})
}

func TestStopIsAskedForAndStoppedProgramGivesJobsBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		r := runner(db, "a", time.Now)
		began := make(chan struct{}, 2)
		r.Register("long", func(ctx context.Context, run *Run) error {
			began <- struct{}{}
			for !run.StopWanted() {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Millisecond):
				}
			}
			return ErrStopped
		})
		if err := r.Start(ctx); err != nil {
			t.Fatal(err)
		}
		asked := enqueue(t, db, r, New{Workspace: 1, Kind: "long"})
		later := enqueue(t, db, r, New{Workspace: 1, Kind: "long", RunAt: time.Now().Add(time.Hour)})
		<-began
		for _, id := range []int64{asked, later} {
			if err := r.RequestStop(ctx, 1, id); err != nil {
				t.Fatal(err)
			}
			if j := settled(t, db, id); j.State != Stopped {
				t.Errorf("asked to stop: %s", j.State)
			}
		}
		if err := r.RequestStop(ctx, 2, asked); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace stops jobs: %v", err)
		}
		cut := enqueue(t, db, r, New{Workspace: 1, Kind: "long"})
		<-began
		r.Stop()
		if j, err := Get(ctx, db, 1, cut); err != nil || j.State != Queued || j.Tries != 0 {
			t.Errorf("%+v, %v", j, err)
		}
	})
}

func TestPeriodicTasksRunOnOneNode(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock := &hands{}
		ran := make(chan string, 10)
		var all []*Runner
		for _, node := range []string{"a", "b", "c"} {
			r := runner(db, node, clock.now)
			r.Every("tide", time.Hour, func(context.Context, time.Time) error { ran <- node; return errors.New("ebb") })
			if err := r.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		}
		<-ran
		for due := int64(0); due <= store.Micros(clock.now().Add(time.Minute)); { // until its end is written
			if err := db.QueryRow(t.Context(), sqlNextDue, store.In([]string{"every/tide"})).Scan(&due); err != nil {
				t.Fatal(err)
			}
		}
		clock.forward(time.Hour + time.Second)
		<-ran
		for _, r := range all {
			r.Stop()
		}
		if n := len(ran); n != 0 {
			t.Errorf("%d runs too many", n)
		}
	})
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, size := range []int{0, 1, pieceSize, 2*pieceSize + 5} {
			want := bytes.Repeat([]byte("許諾x"), size/7+1)[:size]
			id, n, err := PutBlob(ctx, db, NewBlob{Workspace: 1, Name: "f.csv", MediaType: "text/csv", ExpiresAt: epoch.Add(time.Hour)}, bytes.NewReader(want), epoch)
			if err != nil || n != int64(size) {
				t.Fatal(n, err)
			}
			r, b, err := OpenBlob(ctx, db, 1, id, epoch)
			if err != nil || b.Size != n || b.Name != "f.csv" {
				t.Fatal(b, err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
				t.Errorf("size %d: %d bytes, %v", size, len(got), err)
			}
			for name, open := range map[string]func() error{
				"other workspace": func() error { _, _, err := OpenBlob(ctx, db, 2, id, epoch); return err },
				"expired":         func() error { _, _, err := OpenBlob(ctx, db, 1, id, epoch.Add(2*time.Hour)); return err },
			} {
				if err := open(); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if err := db.Write(ctx, func(tx *store.Tx) error { return AppendBlob(ctx, tx, id, 99, []byte("x")) }); !fault.Is(err, fault.Refused) {
				t.Errorf("a complete file grew: %v", err)
			}
			if err := SweepBlobs(ctx, db, epoch.Add(2*time.Hour)); err != nil {
				t.Fatal(err)
			}
			if _, err := GetBlob(ctx, db, 1, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("an expired file stays: %v", err)
			}
		}
	})
}

func TestAHalfBroughtFileLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cut := errors.New("cut")
		r := io.MultiReader(bytes.NewReader(make([]byte, pieceSize+1)), brokenReader{cut})
		_, _, err := PutBlob(t.Context(), db, NewBlob{Workspace: 1}, r, epoch)
		if !errors.Is(err, cut) {
			t.Fatal(err)
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT (SELECT COUNT(*) FROM blob) + (SELECT COUNT(*) FROM blob_piece)`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows stay, %v", n, err)
		}
	})
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, fmt.Errorf("read: %w", b.err) }
