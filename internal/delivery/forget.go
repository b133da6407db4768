package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ruleErased is why a message to somebody who was erased is withheld.
const ruleErased law.RuleID = "ERASE-01"

const (
	// A server's words often repeat the address.
	sqlForgetReplies = `UPDATE attempt SET reply = '' WHERE outbox_id IN (SELECT id FROM outbox WHERE address_id IN (?...))`
	// One statement, so that a row that goes from hand to hand meanwhile is not missed. Rows
	// that wait end here; those in hand get the rule, by which no intent is granted for
	// them and they end as withheld when they come back, and keep the lane to come back to.
	sqlForgetRows = `UPDATE outbox SET reply = '', payload = '', domain = '',
		lane = CASE WHEN state IN (1, 2) THEN lane ELSE '' END,
		rule = CASE WHEN state = 3 THEN rule ELSE CAST(? AS TEXT) END,
		outcome = CASE WHEN state IN (0, 4) THEN 'withheld' ELSE outcome END,
		finished_at = CASE WHEN state IN (0, 4) THEN CAST(? AS BIGINT) ELSE finished_at END,
		state = CASE WHEN state IN (0, 4) THEN 3 ELSE state END
		WHERE address_id IN (?...)`
	// Mails that are nobody's go too if they went there.
	sqlForgetCaught = `DELETE FROM caught WHERE address_id IN (?...)
		OR workspace_id = 0 AND rcpt_to IN (SELECT canonical FROM address WHERE id IN (?...) AND canonical <> '')`
)

// Forget removes what could name a person from the messages to some addresses, and
// withholds those that have not left; it is part of an erasure and runs while the
// addresses still stand. That a message was sent or withheld, when and by which
// rule, stays.
func (o *Outbox) Forget(ctx context.Context, tx *store.Tx, addresses []int64, now time.Time) error {
	ids := store.In(addresses)
	// The rows first: who leases them has them locked before their attempts.
	if _, err := tx.Exec(ctx, sqlForgetRows, string(ruleErased), store.Micros(now), ids); err != nil {
		return fmt.Errorf("delivery: forget: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlForgetReplies, ids); err != nil {
		return fmt.Errorf("delivery: forget: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlForgetCaught, ids, ids); err != nil {
		return fmt.Errorf("delivery: forget: %w", err)
	}
	return nil
}
