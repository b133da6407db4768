package provision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Attempt is one time that a data set was on its way.
type Attempt struct {
	Number             int
	StartedAt, EndedAt time.Time
	Persons, Size      int64
	// Hash is the SHA-256 of the whole data set.
	Hash  [sha256.Size]byte
	Actor account.Actor
	// Outcome is arrived, failed (nothing left) or uncertain; empty while it is under way.
	// Detail is the proof, or the i18n key of what went wrong.
	Outcome, Detail string
}

// The outcomes of an attempt.
const (
	arrived   = "arrived"
	notSent   = "failed"
	uncertain = "uncertain"
)

// readWhole is the detail of an attempt that was cut off after all octets had been given out.
const readWhole = "provision.attempt.read_whole"

// parcel is a data set on its way.
type parcel struct {
	run     Run
	attempt int
	size    int64
	hash    [sha256.Size]byte
	open    func() io.Reader
}

// name is what the data set is called at its target. It is the same for the same
// content, so that bringing it twice leaves it there once.
func (p *parcel) name() string {
	return fmt.Sprintf("%s-%s.%s", p.run.Public(), hex.EncodeToString(p.hash[:6]), p.run.Format)
}

// key is the same for the same content of the same run (an idempotency key).
func (p *parcel) key() string { return p.run.Public() + "-" + hex.EncodeToString(p.hash[:]) }

// begin notes that a data set is about to leave. It has no size before it is measured.
func (p *parcel) begin(ctx context.Context, tx *store.Tx, by account.By, now time.Time) error {
	if err := tx.QueryRow(ctx, sqlNextAttempt, p.run.ID).Scan(&p.attempt); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlAddAttempt, p.run.ID, p.attempt, store.Micros(now), p.run.Counts.in(), p.hash[:], string(by.Actor.Kind), by.Actor.ID)
	return err
}

// measure notes what is to leave; before it has been committed nothing does.
func (s *Runs) measure(ctx context.Context, p *parcel) error {
	sum := sha256.New()
	var err error
	if p.size, err = io.Copy(sum, p.open()); err != nil {
		return err
	}
	p.hash = [sha256.Size]byte(sum.Sum(nil))
	return s.Book.db.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlMeasured, p.size, p.hash[:], p.run.ID, p.attempt)
		if err == nil && n == 0 {
			err = fault.New(fault.Stale, "provision.attempt.changed") // another attempt began meanwhile
		}
		return err
	})
}

// pieces reads a data set in order; it holds one piece in memory and no connection.
type pieces struct {
	ctx  context.Context
	r    store.Reader
	run  int64
	n    int64
	rest []byte
}

// Read implements io.Reader.
func (p *pieces) Read(dst []byte) (int, error) {
	for len(p.rest) == 0 {
		err := p.r.QueryRow(p.ctx, sqlNextPiece, p.run, p.n).Scan(&p.n, &p.rest)
		if fault.Is(err, fault.NotFound) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("provision: read data set: %w", err)
		}
	}
	n := copy(dst, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// end notes what came of an attempt, even when the caller has gone.
func (s *Runs) end(ctx context.Context, p *parcel, outcome, detail string, now time.Time) error {
	ctx = context.WithoutCancel(ctx)
	at := store.Micros(now)
	return s.Book.db.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlEndAttempt, at, outcome, detail, p.run.ID, p.attempt)
		if err != nil {
			return err
		}
		if n == 0 {
			return s.endLate(ctx, tx, p, outcome, detail, now)
		}
		if outcome == arrived {
			_, err = tx.Exec(ctx, sqlArrived, at, detail, at, p.run.ID)
			return err
		}
		var others int64
		if err := tx.QueryRow(ctx, sqlLastTried, p.run.ID).Scan(&others); err != nil {
			return err
		}
		state := Prepared
		if others > 0 {
			state = Uncertain
		}
		_, err = tx.Exec(ctx, sqlNoArrival, string(state), detail, at, p.run.ID)
		return err
	})
}

// endLate notes what came of an attempt after another one began, which called this one cut off: that
// the data got there, or were read to their end, is known then all the same, and overrules whoever
// said meanwhile that nothing arrived. Who asked for a stop in that time is told to the recipient.
func (s *Runs) endLate(ctx context.Context, tx *store.Tx, p *parcel, outcome, detail string, now time.Time) error {
	if outcome != arrived && detail != readWhole {
		return nil
	}
	if err := lockStops(ctx, tx, p.run.Workspace); err != nil {
		return err
	}
	at := store.Micros(now)
	n, err := tx.Exec(ctx, sqlEndLate, at, outcome, detail, p.run.ID, p.attempt)
	if err != nil || n == 0 {
		return err
	}
	if outcome == arrived {
		_, err = tx.Exec(ctx, sqlArrived, at, detail, at, p.run.ID)
	} else {
		_, err = tx.Exec(ctx, sqlReadAfterAll, detail, at, p.run.ID)
	}
	if err != nil {
		return err
	}
	run, err := s.Run(ctx, tx, p.run.Workspace, p.run.ID)
	if err != nil {
		return err
	}
	if err := s.oweWhoSpoke(ctx, tx, run, now); err != nil {
		return err
	}
	return s.note(ctx, tx, system, run.subject("provision.run.arrived_late", map[string]any{"attempt": p.attempt}), now)
}

// Attempts lists how often a data set was on its way.
func (s *Runs) Attempts(ctx context.Context, r store.Reader, run int64) ([]Attempt, error) {
	rows, err := r.Query(ctx, sqlAttempts, run)
	if err != nil {
		return nil, failed("attempts", err)
	}
	defer rows.Close()
	var out []Attempt
	for rows.Next() {
		var a Attempt
		var hash []byte
		var started, ended int64
		if err := rows.Scan(&a.Number, &started, &a.Persons, &a.Size, &hash, &a.Actor.Kind, &a.Actor.ID, &ended, &a.Outcome, &a.Detail); err != nil {
			return nil, failed("attempts", err)
		}
		a.StartedAt, a.EndedAt, a.Hash = store.Time(started), store.Time(ended), [sha256.Size]byte(hash)
		out = append(out, a)
	}
	return out, failed("attempts", rows.Err())
}
