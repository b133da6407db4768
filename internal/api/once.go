package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// onceHeader names a request so that it happens once, however often it is sent;
// replayedHeader marks an answer that was given before.
const (
	onceHeader     = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
	maxOnceKey     = 255
)

const (
	// answerLife is how long an answer is given again.
	answerLife = 24 * time.Hour
	// abandonedAfter is when a request without an answer counts as cut off: no
	// request may take longer.
	abandonedAfter = 10 * time.Minute
	// answerUse is what answers are sealed for.
	answerUse = "api answer"
)

// Sweep deletes answers that nobody is given any more.
func Sweep(ctx context.Context, db *store.DB, now time.Time) error {
	err := db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlSweepAnswers, store.Micros(now.Add(-answerLife)))
		return err
	})
	if err != nil {
		return fmt.Errorf("api: sweep: %w", err)
	}
	return nil
}

// Forget empties the answers about some addresses, by their keyed hashes: the people
// were erased. Their names stay used.
func Forget(ctx context.Context, tx *store.Tx, hashes [][]byte) error {
	if len(hashes) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlForgetAnswers, store.In(hashes)); err != nil {
		return fmt.Errorf("api: forget: %w", err)
	}
	return nil
}

// once has a POST with an Idempotency-Key happen once. Only good answers are kept:
// after an error the same key may be used again.
func (s *server) once(h huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(h)
	name := r.Header.Get(onceHeader)
	c, ok := h.Context().Value(callKey{}).(call)
	if r.Method != http.MethodPost || name == "" || !ok {
		next(h)
		return
	}
	if !onceName(name) {
		s.refuse(h, fault.Bad(onceHeader, "api.once.bad"))
		return
	}
	token := sha256.Sum256([]byte(name))
	o := &claim{s: s, call: c, token: token[:], sum: requestSum(r)}
	old, err := o.take(h.Context())
	switch {
	case err != nil:
		s.refuse(h, err)
	case old != nil:
		s.again(h, o, old)
	default:
		o.run(h, w, next)
	}
}

// onceName says whether a key is made of printable ASCII.
func onceName(name string) bool {
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			return false
		}
	}
	return len(name) <= maxOnceKey
}

// requestSum begins the hash of what is asked; the body follows as it is read.
func requestSum(r *http.Request) hash.Hash {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s %s\n", r.Method, r.URL.RequestURI()) // never fails, by its documentation
	return sum
}

// claim is the right to answer one name of one key.
type claim struct {
	s     *server
	call  call
	token []byte
	sum   hash.Hash
}

// answered is an answer as it was given.
type answered struct {
	status        int
	request, body []byte
	header        http.Header
}

// take claims the name, or returns what was answered to it before. A request that
// is being answered right now is fault.Exists.
func (o *claim) take(ctx context.Context) (*answered, error) {
	var old *answered
	err := o.s.DB.Write(ctx, func(tx *store.Tx) error {
		old = nil
		n, err := tx.Exec(ctx, sqlClaimAnswer, o.call.key.ID, o.token, store.Micros(o.call.now))
		if err != nil || n > 0 {
			return err
		}
		var at int64
		var headers string
		var a answered
		if err := tx.QueryRow(ctx, sqlAnswer, o.call.key.ID, o.token).Scan(&at, &a.status, &a.request, &headers, &a.body); err != nil {
			return err
		}
		age := o.call.now.Sub(store.Time(at))
		if age < answerLife && a.status != 0 {
			old = &a
			return json.Unmarshal([]byte(headers), &a.header)
		}
		if a.status == 0 && age < abandonedAfter {
			return fault.New(fault.Exists, "api.once.busy", secondsArg, 1)
		}
		n, err = tx.Exec(ctx, sqlReclaimAnswer, store.Micros(o.call.now), o.call.key.ID, o.token, at, a.status)
		if err == nil && n == 0 {
			err = fault.New(fault.Exists, "api.once.busy", secondsArg, 1)
		}
		return err
	})
	return old, err
}

// again answers as before, if it is the same that is asked.
func (s *server) again(h huma.Context, o *claim, old *answered) {
	r, w := humago.Unwrap(h)
	if _, err := io.Copy(o.sum, http.MaxBytesReader(w, r.Body, maxUpload)); err != nil {
		s.refuse(h, fault.Wrap(fault.Invalid, err, "api.once.other"))
		return
	}
	if subtle.ConstantTimeCompare(o.sum.Sum(nil), old.request) != 1 {
		s.refuse(h, fault.New(fault.Invalid, "api.once.other"))
		return
	}
	if old.body == nil {
		s.refuse(h, fault.New(fault.NotFound, erased))
		return
	}
	body, err := s.Ring.Open(answerUse, old.body)
	if err != nil {
		s.refuse(h, err)
		return
	}
	for name, values := range old.header {
		w.Header()[name] = values
	}
	w.Header().Set(replayedHeader, "true")
	w.WriteHeader(old.status)
	_, _ = w.Write(body) // the caller may have gone
}

// run lets the operation answer, keeps a good answer, and only then passes it on.
func (o *claim) run(h huma.Context, w http.ResponseWriter, next func(huma.Context)) {
	r, _ := humago.Unwrap(h)
	held := &heldAnswer{header: w.Header().Clone()}
	inner := r.WithContext(h.Context())
	inner.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.Body, o.sum), r.Body}
	// What happened has happened, whether or not the caller waits.
	ctx := context.WithoutCancel(h.Context())
	defer func() {
		if held.status < 200 || held.status > 299 { // also when the operation broke
			o.drop(ctx)
		}
	}()
	next(humago.NewContext(h.Operation(), inner, held))
	if held.status >= 200 && held.status <= 299 {
		o.keep(ctx, held)
	}
	for name, values := range held.header {
		w.Header()[name] = values
	}
	w.WriteHeader(held.status)
	_, _ = w.Write(held.body.Bytes()) // the caller may have gone
}

// keptHeaders are those that belong to an answer, not to its sending.
func keptHeaders() []string { return []string{"Content-Type", "Etag", "Location"} }

func (o *claim) keep(ctx context.Context, held *heldAnswer) {
	kept := http.Header{}
	for _, name := range keptHeaders() {
		if v := held.header.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	headers, err := json.Marshal(kept)
	if err == nil {
		err = o.s.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, sqlKeepAnswer, held.status, o.sum.Sum(nil), string(headers),
				o.s.Ring.Seal(answerUse, held.body.Bytes()), *o.call.about, o.call.key.ID, o.token, store.Micros(o.call.now))
			return err
		})
	}
	if err != nil {
		o.s.Log.ErrorContext(ctx, "an answer cannot be kept", slog.Any("error", err))
	}
}

func (o *claim) drop(ctx context.Context) {
	err := o.s.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlDropAnswer, o.call.key.ID, o.token, store.Micros(o.call.now))
		return err
	})
	if err != nil {
		o.s.Log.ErrorContext(ctx, "a claim on an answer cannot be given back", slog.Any("error", err))
	}
}

// heldAnswer keeps an answer until it may leave.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *heldAnswer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *heldAnswer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *heldAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}
