package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ErasedKeeping is Erased, but for the evidence of some addresses that must outlive the
// person's profile: of those only what was never part of a yes or a no is destroyed.
func (l *Log) ErasedKeeping(ctx context.Context, tx *store.Tx, c contact.Contact, keep []int64, now time.Time) error {
	addresses, err := Of{Workspace: c.Workspace, Contact: c.ID}.addresses(ctx, tx)
	if err != nil {
		return fmt.Errorf("consent: erased: %w", err)
	}
	kept := make(map[int64]bool, len(keep))
	for _, id := range keep {
		kept[id] = true
	}
	var drop []int64
	events := make([]*Event, 0, len(addresses))
	for _, id := range addresses {
		if !kept[id] {
			drop = append(drop, id)
		}
		events = append(events, &Event{Workspace: c.Workspace, Contact: c.ID, Address: id, Action: ActionErased, Method: MethodErasure, OccurredAt: now})
	}
	if len(events) == 0 {
		return nil
	}
	if len(drop) > 0 {
		if err := l.Forget(ctx, tx, drop); err != nil {
			return err
		}
	}
	if len(keep) > 0 {
		if _, err := tx.Exec(ctx, sqlDestroyUnneeded, store.In(keep)); err != nil {
			return fmt.Errorf("consent: erased: %w", err)
		}
	}
	if _, err := l.Append(ctx, tx, events); err != nil {
		return fmt.Errorf("consent: erased: %w", err)
	}
	return nil
}

// ForgetErased destroys evidence and salt of what was said of some addresses before they
// were last erased. Whoever came back since has said something anew, whose evidence stays;
// of an address that was never erased all stays.
func (l *Log) ForgetErased(ctx context.Context, tx *store.Tx, addresses []int64) error {
	if _, err := tx.Exec(ctx, sqlDestroyErasedEvidence, store.In(addresses)); err != nil {
		return fmt.Errorf("consent: forget erased: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlDestroyErasedBasis, store.In(addresses)); err != nil {
		return fmt.Errorf("consent: forget erased: %w", err)
	}
	return nil
}
