package duty

// Holds, orders, kept evidence.
const (
	sqlAddHold  = `INSERT INTO legal_hold (id, workspace_id, contact_id, reason, placed_by, placed_at) VALUES (?, ?, ?, ?, ?, ?)`
	sqlLiftHold = `UPDATE legal_hold SET lifted_by = ?, lifted_at = ?, lift_reason = ? WHERE id = ? AND workspace_id = ? AND lifted_at = 0`
	sqlHolds    = `SELECT id, workspace_id, contact_id, reason, placed_by, placed_at, lifted_by, lifted_at, lift_reason FROM legal_hold
		WHERE workspace_id = ? ORDER BY CASE WHEN lifted_at = 0 THEN 0 ELSE 1 END, id DESC LIMIT ?`
	sqlLiveHolds = `SELECT id, contact_id, reason FROM legal_hold WHERE workspace_id = ? AND lifted_at = 0 ORDER BY id`
	sqlHeld      = `SELECT COUNT(*) FROM legal_hold WHERE workspace_id = ? AND contact_id IN (?...) AND lifted_at = 0`

	sqlMailOrder = `SELECT mail_order FROM workspace WHERE id = ?`

	sqlAddOrder = `INSERT INTO law_order (id, workspace_id, authority, reference, note, received_at, entered_by, entered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	sqlOrders   = `SELECT id, workspace_id, authority, reference, note, received_at, entered_by, entered_at FROM law_order
		WHERE workspace_id = ? ORDER BY received_at DESC, id DESC LIMIT ?`

	// An uncertain hand-off counts: the message may have arrived.
	sqlLastAd = `SELECT COALESCE(MAX(finished_at), 0) FROM outbox WHERE address_id = ? AND finished_at < ?
		AND outcome IN ('delivered', 'uncertain') AND class IN ('ad', 'consent_request', 'tx_with_incidental_ad')`

	sqlKeep = `INSERT INTO kept_evidence (address_id, workspace_id, contact_id, apply, ended_at, until, rule) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (address_id) DO UPDATE SET contact_id = excluded.contact_id, apply = excluded.apply, ended_at = excluded.ended_at,
		until = excluded.until, rule = excluded.rule`
	sqlKeptApply = `SELECT apply FROM kept_evidence WHERE address_id = ?`
	sqlDueKept   = `SELECT address_id, workspace_id, contact_id, apply, ended_at FROM kept_evidence WHERE until <= ? ORDER BY until LIMIT ?`
	sqlKeepUntil = `UPDATE kept_evidence SET until = ?, rule = ? WHERE address_id = ?`
	sqlDropKept  = `DELETE FROM kept_evidence WHERE address_id = ?`
	sqlKeptSums  = `SELECT rule, COUNT(*), MIN(until), MAX(until) FROM kept_evidence WHERE workspace_id = ? GROUP BY rule ORDER BY rule`
)

// Incidents and requests.
const (
	sqlAddIncident = `INSERT INTO incident (id, workspace_id, title, detail, known_at, sensitive, financial, wrongful, many, undecided, entrusted,
		entered_by, entered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlJudgeIncident = `UPDATE incident SET sensitive = ?, financial = ?, wrongful = ?, many = ?, undecided = ?, entrusted = ?
		WHERE id = ? AND workspace_id = ? AND closed_at = 0`
	sqlHoldIncident    = `SELECT id FROM incident WHERE id = ? AND workspace_id = ? /*hold*/`
	sqlSetPrincipal    = `UPDATE incident SET principal_told_at = ? WHERE id = ?`
	sqlSetPreliminary  = `UPDATE incident SET preliminary_at = ? WHERE id = ?`
	sqlSetFinal        = `UPDATE incident SET final_at = ? WHERE id = ?`
	sqlSetPersons      = `UPDATE incident SET persons_told_at = ? WHERE id = ?`
	sqlSetClosed       = `UPDATE incident SET closed_at = ? WHERE id = ?`
	sqlAddIncidentStep = `INSERT INTO incident_step (incident_id, n, kind, happened_at, evidence, reason, created_at, created_by)
		SELECT CAST(? AS BIGINT), COALESCE(MAX(n), 0) + 1, CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT)
		FROM incident_step WHERE incident_id = ?`
	sqlIncidentSteps = `SELECT s.kind, s.happened_at, s.evidence, s.reason, s.created_at, s.created_by FROM incident_step s
		JOIN incident i ON i.id = s.incident_id WHERE s.incident_id = ? AND i.workspace_id = ? ORDER BY s.n`
	incidentColumns = `id, workspace_id, title, detail, known_at, sensitive, financial, wrongful, many, undecided, entrusted,
		principal_told_at, preliminary_at, final_at, persons_told_at, closed_at, entered_by, entered_at, report, affected`
	// What is found out after the close is written down too; the audit log keeps what stood before.
	sqlTellIncident = `UPDATE incident SET report = ?, affected = ? WHERE id = ? AND workspace_id = ?`
	sqlIncidents    = `SELECT ` + incidentColumns + ` FROM incident WHERE workspace_id = ?
		ORDER BY CASE WHEN closed_at = 0 THEN 0 ELSE 1 END, id DESC LIMIT ?`
	sqlIncident = `SELECT ` + incidentColumns + ` FROM incident WHERE id = ? AND workspace_id = ?`

	sqlAddRequest = `INSERT INTO rights_request (id, workspace_id, contact_id, kind, form, note, received_at, entered_by, entered_at, name, address, agent,
		programme_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlIdentifyRequest = `UPDATE rights_request SET contact_id = ?, identity = ?, identified_at = ?, identified_by = ?
		WHERE id = ? AND workspace_id = ? AND answered_at = 0 AND identified_at = 0`
	sqlAnswerRequest = `UPDATE rights_request SET answered_at = ?, answered_by = ?, outcome = ?, reason = ? WHERE id = ? AND workspace_id = ? AND answered_at = 0`
	requestColumns   = `id, workspace_id, contact_id, kind, form, note, received_at, entered_by, entered_at, answered_at, answered_by, outcome, reason,
		name, address, agent, identity, identified_at, identified_by, programme_id`
	sqlRequest  = `SELECT ` + requestColumns + ` FROM rights_request WHERE id = ? AND workspace_id = ?`
	sqlRequests = `SELECT ` + requestColumns + ` FROM rights_request WHERE workspace_id = ?
		ORDER BY CASE WHEN answered_at = 0 THEN 0 ELSE 1 END, id DESC LIMIT ?`
	// Of an erased person only the fact and the outcome of a request stay.
	sqlUnnameRequests = `UPDATE rights_request SET name = '', address = '', agent = '', note = '' WHERE contact_id IN (?...)`
)

// Figures.
const (
	// Only what a person or a machine told us by itself: an operator enters it later than it was
	// said. A hand-off after the commit would be our failure, unless the person has said yes again
	// since.
	sqlRefusals = `SELECT e.id, e.occurred_at, f.committed_at,
		COALESCE((SELECT MAX(o.finished_at) FROM outbox o WHERE o.address_id = e.address_id AND o.finished_at > f.committed_at
			AND o.outcome = 'delivered' AND o.class IN ('ad', 'consent_request') AND (e.topic_id = 0 OR o.topic_id = e.topic_id)
			AND NOT EXISTS (SELECT 1 FROM consent_event g WHERE g.address_id = e.address_id AND g.id > e.id
				AND g.action IN ('granted', 'confirmed', 'reconfirmed'))), 0)
		FROM refusal_effect f JOIN consent_event e ON e.id = f.event_id
		WHERE f.workspace_id = ? AND f.committed_at >= ?
			AND e.method IN ('form', 'page', 'preference_centre', 'reply', 'one_click', 'provider')
		ORDER BY f.committed_at DESC LIMIT ?`
	sqlAddEffects     = `INSERT INTO refusal_effect (event_id, workspace_id, committed_at) VALUES`
	sqlAddEffectsTail = `ON CONFLICT (event_id) DO NOTHING`
	sqlDropEffects    = `DELETE FROM refusal_effect WHERE committed_at < ?`

	sqlFigures    = `SELECT complaints, delivered, unknown_rate, unknown_lane, refusal_seconds, counted_at FROM workspace_figure WHERE workspace_id = ?`
	sqlPutFigures = `INSERT INTO workspace_figure (workspace_id, complaints, delivered, unknown_rate, unknown_lane, refusal_seconds, counted_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id) DO UPDATE SET complaints = excluded.complaints, delivered = excluded.delivered,
		unknown_rate = excluded.unknown_rate, unknown_lane = excluded.unknown_lane, refusal_seconds = excluded.refusal_seconds,
		counted_at = excluded.counted_at`
	sqlComplaints = `SELECT COUNT(*) FROM returned WHERE workspace_id = ? AND at >= ? AND kind = 'complaint'`
	sqlDelivered  = `SELECT COUNT(*) FROM outbox WHERE outcome = 'delivered' AND campaign_id IN
		(SELECT id FROM campaign WHERE workspace_id = ? AND started_at >= ?)`
	sqlDead = `SELECT COUNT(*) FROM returned r JOIN address a ON a.id = r.address_id
		WHERE r.workspace_id = ? AND r.at >= ? AND r.kind = 'hard' AND a.domain = ?`
	sqlAnswered = `SELECT COUNT(*) FROM outbox WHERE outcome IN ('delivered', 'failed') AND campaign_id IN
		(SELECT id FROM campaign WHERE workspace_id = ? AND started_at >= ?) AND domain = ?`
	sqlKinds = `SELECT DISTINCT c.class, p.from_address FROM campaign c JOIN sender_profile p ON p.id = c.sender_profile_id
		WHERE c.workspace_id = ? AND c.started_at >= ?`

	sqlSentOf = `SELECT COUNT(*) FROM campaign WHERE workspace_id = ? AND topic_id = ? AND started_at > ? AND started_at <= ?`
	sqlShares = `SELECT basis, grade, COUNT(*) FROM consent_state WHERE workspace_id = ? AND state = 'given' AND topic_id <> 0
		GROUP BY basis, grade ORDER BY basis, grade`
	sqlEnding = `SELECT COUNT(*) FROM consent_state WHERE workspace_id = ? AND state = 'given' AND valid_until > ? AND valid_until <= ?`

	// How many of some addresses stand on the list that refuses everything, by their hash.
	sqlHashesKept = `SELECT COUNT(DISTINCT a.id) FROM address a JOIN suppression s ON s.workspace_id = a.workspace_id AND s.address_hash = a.hash
		WHERE a.workspace_id = ? AND a.id IN (?...) AND s.kind = 'refusal' AND s.topic_id = 0 AND s.lifted_at = 0`

	// What is still being sent has links of this very moment.
	sqlLastLinks = `SELECT COALESCE(MAX(CASE WHEN state = 'sending' THEN ? WHEN finished_at > 0 THEN finished_at ELSE started_at END), 0)
		FROM campaign WHERE started_at > 0`

	sqlUseless = `SELECT COUNT(*) FROM contact c WHERE c.workspace_id = ? AND c.erased_at = 0 AND c.merged_into = 0 AND c.updated_at < ?
		AND NOT EXISTS (SELECT 1 FROM consent_state s WHERE s.contact_id = c.id AND s.contact_id <> 0
			AND (s.state IN ('given', 'requested') OR s.since >= ?))`
)
