package provision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/law"
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

// MediaType is what the data set is.
func (f Format) MediaType() string {
	if f == JSONLines {
		return "application/jsonl"
	}
	return "text/csv; charset=utf-8"
}

// FileName is what an operator's copy of the data set is called.
func (r Run) FileName() string { return r.Public() + "." + string(r.Format) }

// begin makes a data set ready to leave. Whoever stopped, withdrew or was erased since
// they were judged is taken out, with a row that says so; only then, in the same
// transaction, does the run say that an octet may leave. What an interrupted attempt
// may have carried is told from what nobody can have got.
func (s *Runs) begin(ctx context.Context, by account.By, workspace, id int64, now time.Time) (*parcel, error) {
	var run Run
	err := s.Book.db.Write(ctx, func(tx *store.Tx) (err error) {
		if err := lockStops(ctx, tx, workspace); err != nil {
			return err
		}
		if run, err = s.held(ctx, tx, workspace, id); err != nil {
			return err
		}
		if err := s.mayHand(ctx, tx, run, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlEndOpen, store.Micros(now), id); err != nil {
			return err
		}
		var tried int64
		if err := tx.QueryRow(ctx, sqlOpenAttempts, id).Scan(&tried); err != nil {
			return err
		}
		if err := s.takeOut(ctx, tx, &run, tried > 0, now); err != nil {
			return err
		}
		if run.Counts.Provided == run.Counts.LeftOut {
			return fault.New(fault.Refused, "provision.run.nobody")
		}
		counts, err := json.Marshal(run.Counts)
		if err != nil {
			return err
		}
		at, keep := store.Micros(now), store.Micros(run.keep(now))
		_, err = tx.Exec(ctx, sqlHand, string(counts), tried == 0, at, keep, keep, at, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.wrap(ctx, by, run, now)
}

// lockStops has stops and hand-overs of a workspace take turns: a stop either is seen by
// the hand-over, or sees it.
func lockStops(ctx context.Context, tx *store.Tx, workspace int64) error {
	return tx.Lock(ctx, fmt.Sprint("provision stops ", workspace))
}

// keep is until when the records of a provision at a time must stay (APPI-R 21).
func (r Run) keep(at time.Time) time.Time {
	way := law.EachTime
	if r.ByContract {
		way = law.ByContract
	}
	return law.ProvisionUntil(way, at, at)
}

// mayHand asks whether a data set may leave now: everything that was asked of the run
// when it was approved is asked again.
func (s *Runs) mayHand(ctx context.Context, tx *store.Tx, run Run, now time.Time) error {
	if run.State != Prepared && !run.Counted() {
		return fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
	}
	findings, err := s.RunFindings(ctx, tx, run, now)
	if err != nil {
		return err
	}
	if no := findings.Block(); no != nil {
		return &RefusedError{Rule: no}
	}
	var n int64
	if err := tx.QueryRow(ctx, sqlHasPieces, run.ID).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Refused, "provision.run.gone")
	}
	return nil
}

// goner is somebody to be taken out of a data set.
type goner struct {
	contact, piece int64
	rule           string
}

// takeOut takes people out of the pieces of a run and says so; maybe says that an
// earlier attempt may have carried them.
func (s *Runs) takeOut(ctx context.Context, tx *store.Tx, run *Run, maybe bool, now time.Time) error {
	gone, err := s.gone(ctx, tx, *run)
	if err != nil || len(gone) == 0 {
		return err
	}
	byPiece := map[int64]map[int64]string{}
	args := make([]any, 0, len(gone)*leftWidth)
	for _, g := range gone {
		if byPiece[g.piece] == nil {
			byPiece[g.piece] = map[int64]string{}
		}
		byPiece[g.piece][g.contact] = g.rule
		args = append(args, run.ID, g.contact, g.rule, maybe, store.Micros(now))
	}
	for n, out := range byPiece {
		if err := thin(ctx, tx, run.ID, n, out); err != nil {
			return err
		}
	}
	run.Counts.LeftOut += int64(len(gone))
	return tx.InsertRows(ctx, sqlLeftOut, "", leftWidth, args)
}

// gone lists who must be taken out and is still in.
func (s *Runs) gone(ctx context.Context, tx *store.Tx, run Run) ([]goner, error) {
	already, err := store.IDs(tx.Query(ctx, sqlIsOut, run.ID))
	if err != nil {
		return nil, err
	}
	seen := make(map[int64]bool, len(already))
	for _, id := range already {
		seen[id] = true
	}
	var out []goner
	collect := func(scan func(...any) error, rule bool) error {
		g := goner{rule: "PRV-02"}
		dest := []any{&g.contact, &g.piece}
		if rule {
			dest = append(dest, &g.rule)
		}
		err := scan(dest...)
		if err == nil && !seen[g.contact] {
			seen[g.contact] = true
			out = append(out, g)
		}
		return err
	}
	ws, p := run.Workspace, run.Plan.Programme
	rows, err := tx.Query(ctx, sqlGone, run.ID, ws, p, run.ID, ws, p, run.ID, ws, p, run.ID, ws)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := collect(rows.Scan, true); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	if rows, err = tx.Query(ctx, sqlWithdrawn, run.ID, p, run.Recipient); err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := collect(rows.Scan, false); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

// thin writes a piece anew without some people.
func thin(ctx context.Context, tx *store.Tx, run, n int64, out map[int64]string) error {
	p := piece{n: n}
	if err := tx.QueryRow(ctx, sqlPiece, run, n).Scan(&p.data, &p.lines); err != nil {
		return err
	}
	next, err := p.without(out)
	if err != nil {
		return err
	}
	if next.data == nil {
		next.data = []byte{}
	}
	if next.lines == nil {
		next.lines = []byte{}
	}
	_, err = tx.Exec(ctx, sqlSetPiece, next.persons, next.data, next.lines, run, n)
	return err
}

// wrap measures a data set and notes that it is on its way.
func (s *Runs) wrap(ctx context.Context, by account.By, run Run, now time.Time) (*parcel, error) {
	p := &parcel{run: run, open: func() io.Reader { return &pieces{ctx: ctx, r: s.Book.db, run: run.ID, n: -1} }}
	sum := sha256.New()
	var err error
	if p.size, err = io.Copy(sum, p.open()); err != nil {
		return nil, err
	}
	p.hash = [sha256.Size]byte(sum.Sum(nil))
	return p, s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(ctx, sqlNextAttempt, run.ID).Scan(&p.attempt); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlAddAttempt, run.ID, p.attempt, store.Micros(now), run.Counts.Provided-run.Counts.LeftOut, p.size, p.hash[:],
			string(by.Actor.Kind), by.Actor.ID)
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
	at := store.Micros(now)
	return s.Book.db.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlEndAttempt, at, outcome, detail, p.run.ID, p.attempt)
		if err != nil || n == 0 {
			return err // another attempt began meanwhile and has called this one uncertain
		}
		if outcome == arrived {
			_, err = tx.Exec(ctx, sqlArrived, at, detail, at, p.run.ID)
			return err
		}
		var others int64
		if err := tx.QueryRow(ctx, sqlOpenAttempts, p.run.ID).Scan(&others); err != nil {
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

// HandOver has a data set brought to its target once more; for a run that is prepared,
// or of which nobody knows whether it arrived.
func (s *Runs) HandOver(ctx context.Context, by account.By, workspace, id int64, now time.Time) error {
	return failed("hand over", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.may(ctx, tx, by, workspace); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		if run.State != Prepared && run.State != Uncertain && run.State != Handing || run.To.Target.Kind == ByFile {
			return fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
		}
		next, err := s.Jobs.Enqueue(ctx, tx, job.New{Workspace: workspace, Kind: jobHand, Payload: order{id}, CreatedBy: operatorOf(by)})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSetJob, next, store.Micros(now), id); err != nil {
			return err
		}
		return s.note(ctx, tx, by, run.subject("provision.run.hand", nil), now)
	}))
}

// system is the program itself.
var system = account.By{Actor: account.Actor{Kind: account.ActorSystem}}

// hand is the handler of the jobs that bring data sets to their targets.
func (s *Runs) hand(ctx context.Context, j *job.Run) error {
	run, err := s.ordered(ctx, j)
	if err != nil || run.State != Prepared && run.State != Handing && run.State != Uncertain {
		return err
	}
	_, secrets, err := s.recipient(ctx, s.Book.db, run.Workspace, run.Recipient)
	if err != nil {
		return err
	}
	return s.handOnce(ctx, run, secrets, j.Now())
}

// handOnce brings a data set to its target and notes what came of it.
func (s *Runs) handOnce(ctx context.Context, run Run, secrets Secrets, now time.Time) error {
	p, err := s.begin(ctx, system, run.Workspace, run.ID, now)
	if err != nil {
		return errors.Join(err, s.blocked(ctx, run, err, now))
	}
	proof, sent, err := s.carry(ctx, p, secrets)
	switch {
	case err == nil:
		return s.end(ctx, p, arrived, proof, now)
	case ctx.Err() != nil: // the program is stopped: whoever begins anew calls this one uncertain
		return err
	case sent:
		return errors.Join(err, s.end(ctx, p, uncertain, keyOf(err), now))
	}
	return errors.Join(err, s.end(ctx, p, notSent, keyOf(err), now))
}

// blocked notes on the run why its data set does not leave.
func (s *Runs) blocked(ctx context.Context, run Run, why error, now time.Time) error {
	if fault.Temporary(why) {
		return nil
	}
	return s.Book.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlNoArrival, string(run.State), keyOf(why), store.Micros(now), run.ID)
		return err
	})
}

// carry brings a data set to its target and returns the proof of its arrival. sent says
// of an error that octets of it may have got there.
func (s *Runs) carry(ctx context.Context, p *parcel, x Secrets) (proof string, sent bool, err error) {
	switch p.run.To.Target.Kind {
	case BySFTP:
		return carrySFTP(ctx, p, x)
	case ByHTTPS:
		return s.carryHTTPS(ctx, p, x)
	}
	return "", false, fault.New(fault.Refused, "provision.run.target")
}

// Resolve says of a hand-over that nobody knew the end of whether the data arrived.
// Until then it counts as provided. That nothing did is believed on evidence alone. Of the
// run only id and workspace count.
func (s *Runs) Resolve(ctx context.Context, by account.By, of Run, didArrive bool, evidence string, now time.Time) error {
	evidence = strings.TrimSpace(evidence)
	if evidence == "" || len(evidence) > mostText {
		return failed("resolve", fault.Bad("evidence", "provision.step.evidence"))
	}
	state, at := NotGiven, time.Time{}
	if didArrive {
		state, at = Given, now
	}
	return failed("resolve", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.Book.accounts.Require(ctx, tx, by, of.Workspace, account.ApproveAmber); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, of.Workspace, of.ID)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlResolve, string(state), store.Micros(at), evidence, store.Micros(now), of.ID, of.Workspace)
		if err == nil && n == 0 {
			err = fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
		}
		if err != nil {
			return err
		}
		run.Reason = evidence
		return s.note(ctx, tx, by, run.subject("provision.run.resolve", map[string]any{"arrived": didArrive}), now)
	}))
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
