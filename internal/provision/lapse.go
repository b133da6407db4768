package provision

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// approvalStands is for how long a data set may leave after its approval, and a plan waits for one after its
// count (our policy; the law sets no period, but data are to be right and up to date, and no longer
// kept than they are needed, APPI 22). Then somebody has to look again.
const approvalStands = 7 * 24 * time.Hour

// lapsed says whether a run that waits has waited too long.
func (r Run) lapsed(now time.Time) bool {
	since := r.ApprovedAt
	switch r.State {
	case Planned:
		if since = store.Time(r.counted.At); since.IsZero() {
			since = r.CreatedAt
		}
	case Prepared, Handing, Uncertain:
	default:
		return false
	}
	return !now.Before(since.Add(approvalStands))
}

// lapsedFor says whether a run lapsed some time ago.
func (r Run) lapsedFor(d time.Duration, now time.Time) bool { return r.lapsed(now.Add(-d)) }

// lapse discards what nobody approved or handed over in time: the people of a preview and of a data
// set are kept no longer than they are needed. What may have arrived keeps its records.
func (s *Runs) lapse(ctx context.Context, now time.Time) error {
	waiting, err := pairs(s.Book.db.Query(ctx, sqlWaiting, store.Micros(now.Add(-approvalStands))))
	if err != nil {
		return failed("lapse", err)
	}
	var wrong error // one that cannot lapse keeps no other from it
	for _, one := range waiting {
		wrong = errors.Join(wrong, s.Book.db.Write(ctx, func(tx *store.Tx) error { return s.lapseOne(ctx, tx, one[0], one[1], now) }))
	}
	return failed("lapse", wrong)
}

func (s *Runs) lapseOne(ctx context.Context, tx *store.Tx, workspace, id int64, now time.Time) error {
	run, err := s.held(ctx, tx, workspace, id)
	if err != nil || !run.lapsed(now) || run.Counted() {
		return err
	}
	if _, err := tx.Exec(ctx, sqlLapse, keyLapsed, store.Micros(now), id); err != nil {
		return err
	}
	if err := letGo(ctx, tx, run); err != nil {
		return err
	}
	run.Reason = ""
	return s.note(ctx, tx, system, run.subject("provision.run.lapse", nil), now)
}

// keyLapsed is what is told of a run that lapsed.
const keyLapsed = "provision.run.lapsed"
