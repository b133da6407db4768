package delivery

import (
	"context"
	"fmt"

	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// A server's words often repeat the address.
	sqlForgetReplies = `UPDATE attempt SET reply = '' WHERE outbox_id IN (SELECT id FROM outbox WHERE address_id IN (?...))`
	sqlForgetRows    = `UPDATE outbox SET reply = '', payload = '', domain = '' WHERE address_id IN (?...) AND state = 3`
	sqlForgetCaught  = `DELETE FROM caught WHERE rcpt_to IN (SELECT canonical FROM address WHERE id IN (?...))`
)

// Forget removes what could name a person from the messages to some addresses; it
// is part of an erasure and runs while the addresses still stand. That a message
// was sent or withheld, when and by which rule, stays.
func (o *Outbox) Forget(ctx context.Context, tx *store.Tx, addresses []int64) error {
	ids := store.In(addresses)
	if _, err := tx.Exec(ctx, sqlForgetReplies, ids); err != nil {
		return fmt.Errorf("delivery: forget: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlForgetRows, ids); err != nil {
		return fmt.Errorf("delivery: forget: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlForgetCaught, ids); err != nil {
		return fmt.Errorf("delivery: forget: %w", err)
	}
	return nil
}
