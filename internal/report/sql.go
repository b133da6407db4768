package report

const (
	// The subject is that of the frozen version; messages without a campaign have none.
	sqlMessages = `SELECT o.id, o.topic_id, o.class, COALESCE(v.subject, ''), o.decided_event, o.decided_rules,
		o.created_at, o.finished_at, o.state, o.outcome, o.rule, o.reply
		FROM outbox o LEFT JOIN campaign_version v ON v.id = o.version_id
		WHERE o.address_id IN (?...) AND o.workspace_id = ? AND o.id > ? ORDER BY o.id LIMIT 500`

	// An open message stands at the time it was made, an ended one at its end.
	sqlLatest = `SELECT o.id, o.kind, o.campaign_id, COALESCE(c.name, ''), COALESCE(v.subject, ''), o.contact_id,
		o.address_id, o.topic_id, o.class, o.state, o.outcome, o.rule, o.reply, o.attempts, o.decided_event,
		o.created_at, o.finished_at
		FROM outbox o LEFT JOIN campaign c ON c.id = o.campaign_id LEFT JOIN campaign_version v ON v.id = o.version_id
		WHERE o.address_id IN (?...) AND o.workspace_id = ?
		AND (CASE WHEN o.finished_at = 0 THEN o.created_at ELSE o.finished_at END < ?
			OR (CASE WHEN o.finished_at = 0 THEN o.created_at ELSE o.finished_at END = ? AND o.id < ?))
		ORDER BY CASE WHEN o.finished_at = 0 THEN o.created_at ELSE o.finished_at END DESC, o.id DESC LIMIT ?`

	sqlEvents = `SELECT e.id, e.contact_id, e.address_id, e.topic_id, e.action, e.basis, e.method, e.grade,
		e.occurred_at, e.operator_id, COALESCE(l.seq, -1), e.channel, COALESCE(a.shown, '')
		FROM consent_event e LEFT JOIN consent_leaf l ON l.event_id = e.id LEFT JOIN address a ON a.id = e.address_id
		WHERE e.workspace_id = ? AND e.id < ? ORDER BY e.id DESC LIMIT ?`

	sqlHolders = `SELECT hash, contact_id, shown FROM address WHERE workspace_id = ? AND hash IN (?...)`

	sqlSideAddresses = `SELECT contact_id, channel, shown FROM address
		WHERE contact_id IN (?...) AND workspace_id = ? AND contact_id <> 0 ORDER BY id`

	sqlSideStates = `SELECT contact_id, topic_id, state, basis, grade FROM consent_state
		WHERE contact_id IN (?...) AND workspace_id = ? AND contact_id <> 0 AND state <> ''
		ORDER BY topic_id, address_id`

	sqlActs = `SELECT x.action, x.occurred_at FROM (SELECT action, occurred_at FROM consent_event
		WHERE workspace_id = ? AND method NOT IN ('import', 'merge', 'erasure', 'timer')
		AND action IN ('granted', 'confirmed', 'refused', 'withdrawn', 'disowned', 'complained')
		ORDER BY id DESC LIMIT ?) AS x WHERE x.occurred_at >= ?`
)
