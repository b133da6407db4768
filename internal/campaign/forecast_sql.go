package campaign

// The statements that sort an audience into kinds of people. Each is read from its
// beginning to its end before the next, so that any Reader will do.
const (
	// One state at a time, from the index consent_state_topic alone.
	sqlSorted = `SELECT address_id, person_kind, ground_kind, since, ground_at FROM consent_state
		WHERE workspace_id = ? AND topic_id = ? AND state = ? ORDER BY address_id`

	// What a person chose, and whether that is used up by now, as the gate counts it.
	choiceColumns = `s.address_id, s.since, s.valid_until, s.paused_until, CASE WHEN s.frequency_count > 0 AND s.frequency_count <= (SELECT COUNT(*) FROM outbox o
		WHERE o.address_id = s.address_id AND o.class IN ('ad', 'consent_request') AND (s.topic_id = 0 OR o.topic_id = s.topic_id)
		AND (o.state IN (0, 1, 2, 4) OR o.outcome IN ('delivered', 'uncertain') AND o.finished_at >= CASE s.frequency_period
			WHEN 'day' THEN CAST(? AS BIGINT) WHEN 'week' THEN CAST(? AS BIGINT) WHEN 'month' THEN CAST(? AS BIGINT) WHEN 'year' THEN CAST(? AS BIGINT)
			ELSE CAST(? AS BIGINT) END)) THEN 1 ELSE 0 END`
	// For every topic.
	sqlEvery = `SELECT ` + choiceColumns + ` FROM consent_state s WHERE s.workspace_id = ? AND s.topic_id = 0`
	// For the topic; the condition is that of the index consent_state_own, to the letter.
	sqlChoices = `SELECT ` + choiceColumns + ` FROM consent_state s WHERE s.workspace_id = ? AND s.topic_id = ?
		AND (s.frequency_count > 0 OR s.paused_until > 0 OR s.valid_until > 0)`

	// Live entries of the suppression list that speak of the topic or of every one.
	sqlStops = `SELECT s.address_id, p.kind, p.topic_id, p.event_id, p.expires_at, s.state, s.own_event FROM suppression p
		JOIN address a ON a.workspace_id = p.workspace_id AND a.hash = p.address_hash
		JOIN consent_state s ON s.address_id = a.id AND s.topic_id = ?
		WHERE p.workspace_id = ? AND p.lifted_at = 0 AND (p.topic_id = 0 OR p.topic_id = ?)`

	// How often people were asked for a permission, as the gate counts it.
	sqlAsked = `SELECT address_id, COUNT(*) FROM outbox WHERE workspace_id = ? AND class = 'consent_request'
		AND (state IN (0, 1, 2, 4) OR outcome IN ('delivered', 'uncertain')) GROUP BY address_id`

	// Of some addresses those that are in an audience of mail at all.
	sqlInside = `SELECT a.id FROM address a JOIN contact c ON c.id = a.contact_id
		WHERE a.id IN (?...) AND a.channel = 'email' AND c.erased_at = 0 AND c.merged_into = 0`
)
