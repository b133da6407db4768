package preference

const (
	// What is committed now stands at or before this place of the feed.
	sqlFeedHead = `SELECT COALESCE(MAX(seq), 0) FROM refusal_feed`

	sqlHold = `SELECT erased_at FROM address WHERE id = ? /*hold*/`

	// The last word about the reason counts.
	sqlPutReason = `INSERT INTO leave_reason (id, workspace_id, event_id, reason, remark, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (event_id) DO UPDATE SET reason = excluded.reason, remark = excluded.remark, at = excluded.at`

	sqlMessage = `SELECT kind, class, topic_id, outcome, rule, decided_event, decided_rules, created_at, finished_at
		FROM outbox WHERE id = ? AND workspace_id = ? AND address_id = ?`

	sqlMailboxes = `SELECT id, shown, erased_at FROM address WHERE id IN (?...)`
)
