package gate

const (
	sqlReceived = `SELECT id, address_id, topic_id, class, state, finished_at FROM outbox
		WHERE address_id IN (?...) AND class IN ('ad', 'consent_request')
		AND (state IN (0, 1, 2, 4) OR (outcome IN ('delivered', 'uncertain') AND finished_at >= ?))`

	sqlTurn = `SELECT id FROM address WHERE id IN (?...) ORDER BY id /*hold*/`

	sqlTopics = `SELECT id FROM topic WHERE workspace_id = ? AND id IN (?...) AND archived_at = 0`

	sqlProfile = `SELECT p.legal_name, p.postal_address, p.phone, p.email, p.url, p.from_address
		FROM sender_profile p WHERE p.id = ? AND p.workspace_id = ? AND p.archived_at = 0`

	sqlDomain = `SELECT state FROM sending_domain WHERE workspace_id = ? AND domain = ?`

	sqlFeed = `SELECT seq, address_hash, topic_id, event_id, lifted FROM refusal_feed WHERE seq > ? ORDER BY seq LIMIT 1000`

	sqlFeedEnd = `SELECT COALESCE(MAX(seq), 0) FROM refusal_feed`

	sqlBeat = `INSERT INTO gate_node (node, applied_seq, seen_at) VALUES (?, ?, ?)
		ON CONFLICT (node) DO UPDATE SET applied_seq = excluded.applied_seq, seen_at = excluded.seen_at`

	sqlPeers = `SELECT node, applied_seq, seen_at FROM gate_node WHERE node <> ?`

	sqlGone = `DELETE FROM gate_node WHERE node = ? OR seen_at < ?`
)
