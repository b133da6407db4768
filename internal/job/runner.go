package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Handler does the work of one kind of job. It goes on at run.Cursor, moves the
// cursor by run.Advance, and returns ErrStopped soon after run.StopWanted. An error
// that is fault.Temporary is tried again, any other ends the job.
type Handler func(ctx context.Context, run *Run) error

// ErrStopped is what a Handler returns when it ended because it was asked to.
var ErrStopped = errors.New("job: stopped")

// Options say how a Runner works; zero values stand for the defaults given.
type Options struct {
	// Node names this process in leases.
	Node string
	// Slots is how many jobs run at a time: 2.
	Slots int
	// Lease is after which silence another node takes a job over: 30 s.
	Lease time.Duration
	// Poll is how often to look for what other nodes enqueued: 1 s.
	Poll time.Duration
	// Clock gives the time: time.Now.
	Clock func() time.Time
}

// maxTries is how often a job is claimed without any progress before it is given up.
const maxTries = 6

// Runner claims jobs and runs their handlers. Register and Every come before Start.
type Runner struct {
	db   *store.DB
	log  *slog.Logger
	opt  Options
	jobs lane
	// ticks are the periodic tasks, apart so that no long job holds them up.
	ticks    lane
	handlers map[string]Handler
	every    map[string]time.Duration
	stop     context.CancelFunc
	running  sync.WaitGroup
	mu       sync.Mutex
	here     map[int64]*Run
}

// lane is a set of kinds with workers of its own.
type lane struct {
	kinds []string
	wake  chan struct{}
}

// nudge has one idle worker look for work; a nudge that is already waiting is enough.
func (l *lane) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// NewRunner makes a runner that sweeps away expired files by itself.
func NewRunner(db *store.DB, log *slog.Logger, o Options) *Runner {
	if o.Slots == 0 {
		o.Slots = 2
	}
	if o.Lease == 0 {
		o.Lease = 30 * time.Second
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	r := &Runner{db: db, log: log, opt: o, handlers: map[string]Handler{}, every: map[string]time.Duration{}, here: map[int64]*Run{}}
	r.jobs.wake, r.ticks.wake = make(chan struct{}, 1), make(chan struct{}, 1)
	r.Every("blobs", time.Hour, func(ctx context.Context, now time.Time) error { return SweepBlobs(ctx, db, now) })
	return r
}

// Register says who does the jobs of a kind.
func (r *Runner) Register(kind string, h Handler) {
	r.handlers[kind] = h
	r.jobs.kinds = append(r.jobs.kinds, kind)
}

// Every has fn run every d, on one node at a time however many there are, and the
// first time at once. An error is logged and fn runs again when its time comes.
func (r *Runner) Every(name string, d time.Duration, fn func(ctx context.Context, now time.Time) error) {
	kind := "every/" + name
	r.every[kind] = d
	r.ticks.kinds = append(r.ticks.kinds, kind)
	r.handlers[kind] = func(ctx context.Context, run *Run) error { return fn(ctx, run.Now()) }
}

// Start begins to work; it returns when the workers stand.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.ensurePeriodic(ctx); err != nil {
		return err
	}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	for range r.opt.Slots {
		r.running.Go(func() { r.work(ctx, &r.jobs) })
	}
	// Periodic tasks are short; two workers keep one slow task from holding the rest.
	for range min(2, len(r.ticks.kinds)) {
		r.running.Go(func() { r.work(ctx, &r.ticks) })
	}
	return nil
}

// Stop ends the workers and waits for them. Jobs under way are cancelled and given
// back at once, to go on at their cursor here or elsewhere.
func (r *Runner) Stop() {
	if r.stop != nil {
		r.stop()
	}
	r.running.Wait()
}

// Enqueue stores a job in the caller's transaction and wakes a worker when it commits.
func (r *Runner) Enqueue(ctx context.Context, tx *store.Tx, n New) (int64, error) {
	payload, err := json.Marshal(n.Payload)
	if err != nil {
		return 0, fmt.Errorf("job: enqueue: %w", err)
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return 0, fmt.Errorf("job: enqueue: %w", err)
	}
	now := r.opt.Clock()
	if n.RunAt.IsZero() {
		n.RunAt = now
	}
	if _, err := tx.Exec(ctx, sqlInsertJob, id, n.Workspace, n.Kind, string(payload), n.Total,
		store.Micros(n.RunAt), n.CreatedBy, store.Micros(now)); err != nil {
		return 0, fmt.Errorf("job: enqueue: %w", err)
	}
	tx.OnCommit(r.jobs.nudge)
	return id, nil
}

// RequestStop ends a queued job at once and asks a running one to end; a job that
// has ended already is left as it is.
func (r *Runner) RequestStop(ctx context.Context, workspace, id int64) error {
	if _, err := Get(ctx, r.db, workspace, id); err != nil {
		return err
	}
	err := r.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlWantStop, store.Micros(r.opt.Clock()), workspace, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("job: stop: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if run := r.here[id]; run != nil {
		run.wantStop()
	}
	return nil
}

// work claims and runs until ctx ends.
func (r *Runner) work(ctx context.Context, l *lane) {
	for ctx.Err() == nil {
		run, err := r.claim(ctx, l.kinds)
		if err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "jobs cannot be claimed", "error", err)
		}
		if run == nil {
			r.wait(ctx, l)
			continue
		}
		l.nudge() // there may be more, for another worker
		r.do(ctx, run)
	}
}

// wait blocks until a nudge, until the next job known is due, or for the poll time.
func (r *Runner) wait(ctx context.Context, l *lane) {
	pause := r.opt.Poll
	var due int64
	if err := r.db.QueryRow(ctx, sqlNextDue, store.In(l.kinds)).Scan(&due); err == nil && due > 0 {
		pause = min(pause, max(store.Time(due).Sub(r.opt.Clock()), time.Millisecond))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-l.wake:
	case <-timer.C:
	}
}

// do runs one claimed job and writes down how it ended.
func (r *Runner) do(ctx context.Context, run *Run) {
	own, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.mu.Lock()
	r.here[run.ID] = run
	r.mu.Unlock()
	var renewing sync.WaitGroup
	renewing.Go(func() { r.renew(own, run, cancel) })
	err := r.handle(own, run)
	lost := errors.Is(context.Cause(own), ErrLost)
	cancel(nil)
	renewing.Wait()
	r.mu.Lock()
	delete(r.here, run.ID)
	r.mu.Unlock()
	if lost || errors.Is(err, ErrLost) {
		r.log.WarnContext(ctx, "a job went to another node", "job", run.ID, "kind", run.Kind)
		return
	}
	if err := r.settle(ctx, run, err); err != nil {
		r.log.ErrorContext(ctx, "a job's end cannot be written", "job", run.ID, "kind", run.Kind, "error", err)
	}
}

// handle keeps a defect in one handler from taking the process down.
func (r *Runner) handle(ctx context.Context, run *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Wrap(fault.Refused, fmt.Errorf("job: handler: %v", p), "fault.internal")
		}
	}()
	if run.Tries > maxTries {
		return fault.New(fault.Refused, "job.given_up")
	}
	return r.handlers[run.Kind](ctx, run)
}

// settle writes how a run ended. It does so even while the program stops.
func (r *Runner) settle(ctx context.Context, run *Run, err error) error {
	stopping := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.opt.Lease)
	defer cancel()
	now := r.opt.Clock()
	d, periodic := r.every[run.Kind]
	switch {
	case periodic:
		if err != nil && !stopping {
			r.log.ErrorContext(ctx, "a periodic task failed", "task", run.Kind, "error", err)
		}
		return run.requeue(ctx, now.Add(d), 0)
	case err == nil:
		return run.finish(ctx, Done, "", now)
	case errors.Is(err, ErrStopped):
		return run.finish(ctx, Stopped, "", now)
	case stopping:
		return run.requeue(ctx, now, 0)
	case fault.Temporary(err) && run.tries() < maxTries:
		r.log.WarnContext(ctx, "a job failed and is tried again", "job", run.ID, "kind", run.Kind, "error", err)
		return run.requeue(ctx, now.Add(backoff(run.tries())), run.tries())
	}
	r.log.ErrorContext(ctx, "a job failed", "job", run.ID, "kind", run.Kind, "error", err)
	return run.finish(ctx, Failed, key(err), now)
}

// backoff is the pause before the next try: 1, 4, 16, 64, 256 s.
func backoff(tries int64) time.Duration {
	return time.Second << (2 * min(max(tries-1, 0), 4))
}

func asFault(err error) (*fault.Error, bool) { return errors.AsType[*fault.Error](err) }
