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

	// ownWord is an event by which a person gave a sign of life (consent.Method.OwnAct).
	ownWord = `SELECT 1 FROM consent_event w WHERE w.address_id = g.address_id AND w.method IN ('form', 'page', 'preference_centre', 'reply') AND w.occurred_at > `

	// Silent are those whose permission, last transaction and last own word all lie before
	// the day; who was found before is not found again.
	sqlAgeingSilent = `SELECT g.address_id, g.topic_id, g.event_id FROM consent_state g JOIN address a ON a.id = g.address_id
		LEFT JOIN consent_state z ON z.address_id = g.address_id AND z.topic_id = 0
		LEFT JOIN consent_basis f ON f.event_id = g.event_id
		LEFT JOIN consent_ageing k ON k.address_id = g.address_id AND k.topic_id = ?
		WHERE g.workspace_id = ? AND g.topic_id = ? AND g.state = 'given' AND g.address_id > ?
			AND g.since <= ? AND COALESCE(z.since, 0) <= ? AND COALESCE(f.last_transaction, 0) <= ?
			AND a.channel = 'email' AND a.erased_at = 0 AND k.address_id IS NULL AND NOT EXISTS (` + ownWord + `?)
		ORDER BY g.address_id LIMIT ?`
	sqlAgeingWarn = `INSERT INTO consent_ageing (address_id, topic_id, workspace_id, event_id, stage, warned_at) VALUES`
	sqlAgeingOnce = ` ON CONFLICT (address_id, topic_id) DO NOTHING`

	sqlAgeingAlive = `DELETE FROM consent_ageing AS g WHERE g.workspace_id = ? AND g.stage <> 'rested' AND (
		NOT EXISTS (SELECT 1 FROM consent_state s WHERE s.address_id = g.address_id AND s.topic_id = g.topic_id AND s.event_id = g.event_id AND s.state = 'given')
		OR EXISTS (` + ownWord + `g.warned_at))`
	// Not silent for long enough: also those whom a longer policy lets wait.
	sqlAgeingSooner = `DELETE FROM consent_ageing AS g WHERE g.workspace_id = ? AND g.stage = 'warned' AND (
		EXISTS (SELECT 1 FROM consent_state s WHERE s.address_id = g.address_id AND s.topic_id = g.topic_id AND s.since > ?)
		OR EXISTS (` + ownWord + `?))`
	sqlAgeingBack = `DELETE FROM consent_ageing AS g WHERE g.workspace_id = ? AND g.stage = 'rested'
		AND EXISTS (SELECT 1 FROM consent_state s WHERE s.address_id = g.address_id AND s.topic_id = g.topic_id AND s.state = 'given' AND s.since > g.rested_at)`
	sqlAgeingRelapsed = `SELECT g.address_id, g.topic_id, s.event_id FROM consent_ageing g
		JOIN consent_state s ON s.address_id = g.address_id AND s.topic_id = g.topic_id AND s.state = 'given' AND s.since <= g.rested_at
		WHERE g.workspace_id = ? AND g.stage = 'rested' AND g.address_id > ? ORDER BY g.address_id LIMIT ?`

	// question is the mail that asked; it counts only if it may have arrived.
	question        = `SELECT 1 FROM outbox o WHERE o.address_id = g.address_id AND o.kind = 'preference_renewal' AND o.created_at >= g.asked_at `
	sqlAgeingUnsent = `UPDATE consent_ageing AS g SET stage = 'warned', asked_at = 0 WHERE g.workspace_id = ? AND g.stage = 'asked'
		AND EXISTS (` + question + `AND o.outcome IN ('withheld', 'failed')) AND NOT EXISTS (` + question + `AND o.outcome NOT IN ('withheld', 'failed'))`

	sqlAgeingRipe = `SELECT g.address_id, g.topic_id, a.contact_id, a.domain, COALESCE(c.lang, '')
		FROM consent_ageing g JOIN address a ON a.id = g.address_id LEFT JOIN contact c ON c.id = a.contact_id
		WHERE g.stage = 'warned' AND g.warned_at <= ? AND g.address_id IN (
			SELECT DISTINCT b.address_id FROM consent_ageing b WHERE b.workspace_id = ? AND b.stage = 'warned' AND b.warned_at <= ? AND b.address_id > ?
			ORDER BY b.address_id LIMIT ?)
		ORDER BY g.address_id, g.topic_id`
	sqlAgeingAsked = `UPDATE consent_ageing SET stage = 'asked', asked_at = ? WHERE workspace_id = ? AND stage = 'warned' AND warned_at <= ?
		AND address_id IN (?...) AND topic_id IN (?...)`

	sqlAgeingUnanswered = `SELECT g.address_id, g.topic_id, g.event_id FROM consent_ageing g
		WHERE g.stage = 'asked' AND g.asked_at <= ? AND NOT EXISTS (` + ownWord + `g.warned_at)
			AND EXISTS (` + question + `AND o.outcome IN ('delivered', 'uncertain') AND o.finished_at <= ?) AND g.address_id IN (
			SELECT DISTINCT b.address_id FROM consent_ageing b WHERE b.workspace_id = ? AND b.stage = 'asked' AND b.asked_at <= ? AND b.address_id > ?
			ORDER BY b.address_id LIMIT ?)
		ORDER BY g.address_id, g.topic_id`
	// The same of some addresses, whom nobody else speaks for meanwhile (sqlHoldAll).
	sqlAgeingStillSilent = `SELECT g.address_id, g.topic_id, g.event_id FROM consent_ageing g
		WHERE g.stage = 'asked' AND g.asked_at <= ? AND NOT EXISTS (` + ownWord + `g.warned_at)
			AND EXISTS (` + question + `AND o.outcome IN ('delivered', 'uncertain') AND o.finished_at <= ?) AND g.workspace_id = ? AND g.address_id IN (?...)
		ORDER BY g.address_id, g.topic_id`
	sqlHoldAll    = `SELECT id FROM address WHERE id IN (?...) ORDER BY id /*hold*/`
	sqlAgeingRest = `UPDATE consent_ageing SET stage = 'rested', rested_at = ? WHERE workspace_id = ? AND stage = 'asked' AND asked_at <= ? AND address_id IN (?...)`

	// The days in question are those of a notice that was over long enough ago for everybody
	// to have been asked who may be.
	sqlAgeingCounts = `SELECT COALESCE(SUM(CASE WHEN stage = 'warned' AND warned_at > ? THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN stage = 'warned' AND warned_at <= ? THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE stage WHEN 'asked' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE stage WHEN 'rested' THEN 1 ELSE 0 END), 0), COALESCE(MIN(CASE WHEN stage = 'warned' AND warned_at > ? THEN warned_at END), 0)
		FROM consent_ageing WHERE workspace_id = ?`

	// Asked about are the permissions of an address that wait for an answer and still stand.
	sqlAgeingOf = `SELECT g.topic_id FROM consent_ageing g JOIN consent_state s ON s.address_id = g.address_id AND s.topic_id = g.topic_id
		AND s.event_id = g.event_id AND s.state = 'given' WHERE g.address_id = ? AND g.stage = 'asked' ORDER BY g.topic_id`
)
