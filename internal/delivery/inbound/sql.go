package inbound

const (
	// Messages that left, or may have left: a report about any other is invented.
	sqlRecipient = `SELECT o.workspace_id, a.channel, a.hash, a.canonical
		FROM outbox o JOIN address a ON a.id = o.address_id
		WHERE o.id = ? AND o.attempts > 0 AND (o.finished_at = 0 OR o.finished_at > ?) AND a.erased_at = 0`
)
