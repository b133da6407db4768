package inbound

const (
	// Messages that left, or may have left: a report about any other is invented.
	sqlMessage = `SELECT o.workspace_id, o.address_id, o.topic_id, a.channel, a.hash, a.canonical
		FROM outbox o JOIN address a ON a.id = o.address_id
		WHERE o.id = ? AND o.attempts > 0 AND (o.finished_at = 0 OR o.finished_at > ?) AND a.erased_at = 0`

	sqlAddReturned = `INSERT INTO returned (id, workspace_id, address_id, outbox_id, kind, status, blame, rule, source, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (outbox_id, kind) DO NOTHING`

	// Days are those of UTC: what counts is that there is more than one.
	sqlCountReturned = `SELECT kind, COUNT(*), COUNT(DISTINCT at / 86400000000) FROM returned
		WHERE address_id = ? AND at > ? AND (kind = 'hard' OR kind = 'soft') GROUP BY kind`

	sqlAddEvent = `INSERT INTO feedback_event (provider, event, at) VALUES (?, ?, ?) ON CONFLICT (provider, event) DO NOTHING`

	sqlSweepEvents = `DELETE FROM feedback_event WHERE at < ?`

	sqlWorkspaces = `SELECT id FROM workspace ORDER BY id`

	sqlAddressByHash = `SELECT id FROM address WHERE workspace_id = ? AND hash = ? AND erased_at = 0`
)
