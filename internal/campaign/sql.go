package campaign

const (
	columns = `id, workspace_id, name, topic_id, sender_profile_id, class, lang, subject, preheader, kind, body,
		state, version_id, hold_seconds, scheduled_at, hold_until, started_at, planned_at, finished_at,
		created_by, created_at, updated_at, plan_cursor, advertiser, fill_label, reach_mode, reach, edited_by,
		requested_by, requested_at, flagged, allowed, promotes, strips, tracks, kilobytes, parked`

	sqlInsert = `INSERT INTO campaign (id, workspace_id, name, topic_id, sender_profile_id, class, lang, subject,
		preheader, kind, body, advertiser, fill_label, reach_mode, reach, promotes, strips, tracks, kilobytes, state, created_by, edited_by, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'draft', ?, ?, ?, ?)`
	sqlEdit = `UPDATE campaign SET name = ?, topic_id = ?, sender_profile_id = ?, class = ?, lang = ?, subject = ?,
		preheader = ?, kind = ?, body = ?, advertiser = ?, fill_label = ?, reach_mode = ?, reach = ?, promotes = ?, strips = ?,
		tracks = ?, kilobytes = ?, edited_by = ?,
		requested_by = 0, requested_at = 0, updated_at = ?
		WHERE id = ? AND workspace_id = ? AND state = 'draft' AND updated_at = ?`
	sqlGet    = `SELECT ` + columns + ` FROM campaign WHERE id = ? AND workspace_id = ?`
	sqlList   = `SELECT ` + columns + ` FROM campaign WHERE workspace_id = ? AND id < ? ORDER BY id DESC LIMIT ?`
	sqlActive = `SELECT ` + columns + ` FROM campaign WHERE state IN ('scheduled', 'holding', 'sending') ORDER BY id`

	sqlFreeze = `INSERT INTO campaign_version (id, campaign_id, lang, subject, preheader, kind, body, class, topic_id,
		label, hash, frozen_at, frozen_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlVersions = `SELECT v.id, v.campaign_id, c.workspace_id, c.name, v.lang, v.subject, v.preheader, v.kind, v.body, v.class, v.topic_id, v.label
		FROM campaign_version v JOIN campaign c ON c.id = v.campaign_id WHERE v.id IN (?...)`

	sqlLaunch = `UPDATE campaign SET state = ?, version_id = ?, hold_seconds = ?, scheduled_at = ?, hold_until = ?, promotes = ?, strips = ?,
		tracks = ?, kilobytes = ?, updated_at = ?
		WHERE id = ? AND workspace_id = ? AND state = 'draft' AND updated_at = ? AND flagged = ?`
	sqlApprove = `INSERT INTO campaign_approval (id, campaign_id, draft_at, operator_id, approved_at, reason, answers)
		SELECT CAST(? AS BIGINT), id, updated_at, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT)
		FROM campaign WHERE id = ? AND workspace_id = ? AND state = 'draft' AND updated_at = ?`
	sqlApprovals = `SELECT a.operator_id, a.approved_at, a.reason, a.answers FROM campaign_approval a JOIN campaign c ON c.id = a.campaign_id
		WHERE a.campaign_id = ? AND c.workspace_id = ? AND a.draft_at = ? AND a.void_at = 0 ORDER BY a.id`
	sqlVoid    = `UPDATE campaign_approval SET void_at = ? WHERE campaign_id = ? AND void_at = 0`
	sqlRequest = `UPDATE campaign SET requested_by = ?, requested_at = ? WHERE id = ? AND workspace_id = ? AND state = 'draft' AND updated_at = ?`
	sqlFlag    = `UPDATE campaign SET flagged = ? WHERE id = ? AND workspace_id = ? AND state = 'draft' AND updated_at = ?`

	sqlStart = `UPDATE campaign SET state = 'sending', started_at = ?, updated_at = ? WHERE id = ? AND state IN ('scheduled', 'holding') AND updated_at = ?`
	sqlPause = `UPDATE campaign SET state = 'paused', updated_at = ? WHERE id = ? AND workspace_id = ? AND state IN ('scheduled', 'holding', 'sending')`
	// What was paused before its time goes back to waiting for it.
	sqlResume = `UPDATE campaign SET state = CASE WHEN started_at > 0 THEN 'sending' WHEN scheduled_at > 0 THEN 'scheduled' ELSE 'holding' END,
		parked = '', updated_at = ? WHERE id = ? AND workspace_id = ? AND state = 'paused'`
	sqlParkAs = `UPDATE campaign SET state = 'paused', parked = ?, updated_at = ? WHERE id = ? AND state IN ('scheduled', 'holding', 'sending')`
	sqlStop   = `UPDATE campaign SET state = 'stopped', finished_at = ?, updated_at = ?
		WHERE id = ? AND workspace_id = ? AND state IN ('scheduled', 'holding', 'sending', 'paused')`
	sqlBackToDraft = `UPDATE campaign SET state = 'draft', version_id = 0, hold_until = 0, scheduled_at = 0, updated_at = ?
		WHERE id = ? AND workspace_id = ? AND state IN ('scheduled', 'holding')`
	// The old position is part of the condition: of two planners one gives way.
	sqlAdvance = `UPDATE campaign SET plan_cursor = ?, planned_at = ?, allowed = allowed + ? WHERE id = ? AND plan_cursor = ? AND state = 'sending' AND planned_at = 0`
	sqlFinish  = `UPDATE campaign SET state = 'done', finished_at = ?, updated_at = ? WHERE id = ? AND state = 'sending' AND planned_at > 0`

	sqlOpenRows = `SELECT COUNT(*) FROM (SELECT id FROM outbox WHERE campaign_id = ? AND campaign_id <> 0 AND kind = 'campaign' AND outcome IN ('', 'deferred') AND state <> 3 LIMIT 1) AS o`
	sqlCounts   = `SELECT outcome, COUNT(*) FROM outbox WHERE campaign_id = ? AND campaign_id <> 0 AND kind = 'campaign' GROUP BY outcome`
	sqlRules    = `SELECT rule, COUNT(*) FROM outbox WHERE campaign_id = ? AND campaign_id <> 0 AND kind = 'campaign' AND outcome = 'withheld' GROUP BY rule ORDER BY COUNT(*) DESC`
	sqlCountsOf = `SELECT campaign_id, outcome, COUNT(*) FROM outbox WHERE campaign_id IN (?...) AND campaign_id <> 0 AND kind = 'campaign'
		GROUP BY campaign_id, outcome`

	columnsOfRow = `o.id, o.address_id, COALESCE(c.id, o.contact_id), o.outcome, o.rule, o.attempts, o.decided_stage, o.decided_at, o.decided_event,
		o.run_at, o.finished_at, a.shown, c.family_name, c.given_name, c.display_name, c.company`
	// The person is the address's own: a merge may have come since the plan.
	fromRows  = ` FROM outbox o JOIN address a ON a.id = o.address_id LEFT JOIN contact c ON c.id = a.contact_id WHERE `
	sqlPeople = `SELECT ` + columnsOfRow + fromRows + `o.campaign_id = ? AND o.campaign_id <> 0 AND o.kind = 'campaign' AND o.outcome = ?
		AND o.id > ? ORDER BY o.id LIMIT ?`
	sqlWithheld = `SELECT ` + columnsOfRow + fromRows + `o.campaign_id = ? AND o.campaign_id <> 0 AND o.kind = 'campaign' AND o.outcome = 'withheld'
		AND o.rule = ? AND o.id > ? ORDER BY o.id LIMIT ?`
	sqlMessage  = `SELECT ` + columnsOfRow + `, o.decided_rules, o.version_id, o.created_at` + fromRows + `o.id = ? AND o.campaign_id = ? AND o.kind = 'campaign'`
	sqlAttempts = `SELECT number, started_at, ended_at, remote, stage, code, enhanced, reply, outcome FROM attempt
		WHERE outbox_id = ? ORDER BY number, id`
	sqlUnderWay = `SELECT ` + columns + ` FROM campaign WHERE workspace_id = ? AND state IN ('scheduled', 'holding', 'sending', 'paused')
		ORDER BY id DESC LIMIT ?`
	sqlPerMinute = `SELECT finished_at / 60000000, COUNT(*) FROM outbox WHERE campaign_id = ? AND campaign_id <> 0 AND kind = 'campaign' AND outcome = 'delivered'
		GROUP BY finished_at / 60000000 ORDER BY 1`

	// The guard against sending wrongly: how many a topic has, how many its last campaigns
	// went to, and what went out lately with the same words.
	sqlPeopleOf = `SELECT COUNT(*) FROM (SELECT address_id FROM consent_state WHERE workspace_id = ? AND topic_id = ? AND state = 'given' LIMIT ?) AS s`
	sqlSizes    = `SELECT allowed FROM campaign WHERE topic_id = ? AND workspace_id = ? AND id <> ? AND planned_at > 0 AND allowed > 0
		ORDER BY id DESC LIMIT 9`
	sqlTwins = `SELECT name, subject, body, started_at FROM campaign WHERE topic_id = ? AND workspace_id = ? AND id <> ?
		AND reach_mode = ? AND reach = ? AND state IN ('scheduled', 'holding', 'sending', 'paused', 'done') AND hold_until > ? ORDER BY id DESC`

	// Where some of a topic's people are, the newest addresses first.
	sqlPlaces = `SELECT DISTINCT c.country, CASE c.prefecture WHEN '' THEN '' ELSE 'JP' END, c.lang, substr(a.domain, length(a.domain) - 2), CASE s.basis WHEN 'B3' THEN 1 ELSE 0 END
		FROM (SELECT address_id, basis FROM consent_state WHERE workspace_id = ? AND topic_id = ? AND state = 'given' ORDER BY address_id DESC LIMIT ?) AS s
		JOIN address a ON a.id = s.address_id JOIN contact c ON c.id = a.contact_id`
	sqlPlacesOf = `SELECT a.id, c.country, CASE c.prefecture WHEN '' THEN '' ELSE 'JP' END, c.lang, a.domain FROM address a JOIN contact c ON c.id = a.contact_id WHERE a.id IN (?...)`

	sqlCompany = `SELECT country, equipment, market, mail_order FROM workspace WHERE id = ?`

	sqlPolicy    = `SELECT every, consent_requests, over, topics, role, hold_seconds, times FROM campaign_policy WHERE workspace_id = ?`
	sqlPutPolicy = `INSERT INTO campaign_policy (workspace_id, every, consent_requests, over, topics, role, hold_seconds, times, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id) DO UPDATE SET every = excluded.every,
		consent_requests = excluded.consent_requests, over = excluded.over, topics = excluded.topics, role = excluded.role,
		hold_seconds = excluded.hold_seconds, times = excluded.times, updated_at = excluded.updated_at`

	sqlPage    = `SELECT state, checked_at FROM label_page WHERE workspace_id = ? AND page = ?`
	sqlPutPage = `INSERT INTO label_page (workspace_id, page, state, status, checked_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (workspace_id, page) DO UPDATE SET state = excluded.state, status = excluded.status, checked_at = excluded.checked_at`
	sqlSomebody = `SELECT address_id, topic_id FROM consent_state WHERE workspace_id = ? AND topic_id IN (SELECT id FROM topic WHERE workspace_id = ?)
		AND state = 'given' ORDER BY address_id DESC LIMIT 1`

	sqlReaders = `SELECT a.id, a.shown, a.erased_at, c.family_name, c.given_name, c.display_name, c.company, c.department,
			c.title, c.lang, c.attrs
		FROM address a LEFT JOIN contact c ON c.id = a.contact_id WHERE a.id IN (?...)`
	sqlMeasures   = `SELECT id, promotes, strips, tracks, kilobytes FROM campaign WHERE id IN (?...)`
	sqlUnmeasured = `SELECT ` + columns + ` FROM campaign WHERE kilobytes = 0 AND state IN ('scheduled', 'holding', 'sending', 'paused') ORDER BY id`
	sqlMeasure    = `UPDATE campaign SET promotes = ?, strips = ?, tracks = ?, kilobytes = ? WHERE id = ? AND kilobytes = 0`
	sqlHalted     = `SELECT id FROM campaign WHERE id IN (?...) AND state IN ('paused', 'stopped')`
)
