package gate

const (
	sqlReceived = `SELECT id, address_id, topic_id, class, state, finished_at FROM outbox
		WHERE address_id IN (?...) AND class IN ('ad', 'consent_request')
		AND (state IN (0, 1, 2, 4) OR (outcome IN ('delivered', 'uncertain') AND finished_at >= ?))`

	sqlTurn = `SELECT id FROM address WHERE id IN (?...) ORDER BY id /*hold*/`

	sqlTopics = `SELECT t.id, t.archived_at = 0, p.id, p.legal_name FROM topic t
		JOIN sender_profile p ON p.id = t.sender_profile_id WHERE t.workspace_id = ? AND t.id IN (?...)`

	// What tells which law applies. A telephone number is looked for only where nothing
	// better is on file.
	sqlPeople = `SELECT a.id, a.channel, a.domain, COALESCE(c.country, ''), COALESCE(c.prefecture <> '', FALSE),
		COALESCE(c.lang, ''), COALESCE(c.company <> '', FALSE), COALESCE(c.family_kana || c.family_name || c.display_name, ''),
		COALESCE((SELECT MIN(p.canonical) FROM address p WHERE p.contact_id = c.id AND p.contact_id <> 0 AND p.channel = 'sms'), ''),
		CASE WHEN a.channel = 'line' THEN EXISTS (SELECT 1 FROM address o
			WHERE o.contact_id = a.contact_id AND o.contact_id <> 0 AND o.id <> a.id) ELSE FALSE END
		FROM address a LEFT JOIN contact c ON c.id = a.contact_id WHERE a.id IN (?...) AND +a.workspace_id = ?`

	sqlCompany = `SELECT legal_name, country, equipment, market, zone, consent_only, non_profit, mail_order, charity, bundled
		FROM workspace WHERE id = ?`

	sqlProfile = `SELECT p.legal_name, p.postal_address, p.phone, p.email, p.url, p.from_address
		FROM sender_profile p WHERE p.id = ? AND p.workspace_id = ? AND p.archived_at = 0`

	sqlFirstProfile = `SELECT id FROM sender_profile WHERE workspace_id = ? AND archived_at = 0 ORDER BY created_at, id LIMIT 1`

	sqlDomain = `SELECT state, spf, dkim, dmarc, ptr, reach, plain, mixed, green_at, spf_at, dkim_at, dmarc_at, ptr_at, reach_at FROM sending_domain
		WHERE workspace_id = ? AND domain = ?`

	sqlFigures = `SELECT complaints, delivered, unknown_rate, refusal_seconds FROM workspace_figure WHERE workspace_id = ?`

	sqlFeed = `SELECT seq, address_hash, topic_id, event_id, lifted FROM refusal_feed WHERE seq > ? ORDER BY seq LIMIT 1000`

	sqlFeedEnd = `SELECT COALESCE(MAX(seq), 0) FROM refusal_feed`

	sqlBeat = `INSERT INTO gate_node (node, applied_seq, seen_at) VALUES (?, ?, ?)
		ON CONFLICT (node) DO UPDATE SET applied_seq = excluded.applied_seq, seen_at = excluded.seen_at`

	sqlPeers = `SELECT node, applied_seq, seen_at FROM gate_node WHERE node <> ?`

	sqlGone = `DELETE FROM gate_node WHERE node = ? OR seen_at < ?`
)
