package delivery

const (
	sqlPut = `INSERT INTO outbox (id, workspace_id, kind, campaign_id, version_id, contact_id, address_id,
		topic_id, class, profile_id, domain, lane, priority, state, outcome, run_at, decided_stage, decided_at,
		decided_event, decided_rules, rule, payload, created_at, finished_at) VALUES`
	sqlPutOnce = `ON CONFLICT (campaign_id, address_id) WHERE campaign_id <> 0 AND kind = 'campaign' DO NOTHING`

	// A plus sign keeps SQLite from an index that would find far more rows than the
	// ids that are named; campaign_id <> 0 lets it use the one that says so.

	// The index on due rows begins with lane, so this walks from lane to lane.
	sqlNextLane = `SELECT lane FROM outbox WHERE state = 0 AND lane > ? ORDER BY lane LIMIT 1`

	// The next campaign of a workspace, or the first of the next workspace: each step of the index, whereas SQLite
	// would use only the first column of a comparison of pairs and read all that one campaign has waiting.
	sqlNextFlow = `SELECT workspace_id, campaign_id FROM (
			SELECT * FROM (SELECT workspace_id, campaign_id FROM outbox WHERE state = 0 AND lane = ?
				AND workspace_id = ? AND campaign_id > ? ORDER BY campaign_id LIMIT 1) AS same
			UNION ALL SELECT * FROM (SELECT workspace_id, campaign_id FROM outbox WHERE state = 0 AND lane = ?
				AND workspace_id > ? ORDER BY workspace_id, campaign_id LIMIT 1) AS other) AS next
		ORDER BY workspace_id, campaign_id LIMIT 1`

	sqlMove = `UPDATE outbox SET lane = ? WHERE id IN (SELECT id FROM outbox WHERE state = 0 AND lane = ? LIMIT ? /*lock*/) AND +state = 0`

	// MATERIALIZED, so that the rows to lock are chosen once whatever the plan.
	sqlLease = `WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE state = 0 AND lane = ? AND workspace_id = ? AND campaign_id = ? AND run_at <= ?
			ORDER BY priority, run_at, id LIMIT ? /*lock*/)
		UPDATE outbox SET state = 1, lease = lease + 1, lease_until = ?, lease_node = ?, attempts = attempts + 1,
			decided_stage = 'leased', decided_at = ?, decided_rules = ?
		WHERE id IN (SELECT id FROM due)
		RETURNING id, lease, kind, workspace_id, profile_id, campaign_id, version_id, contact_id, domain, address_id,
			topic_id, class, priority, decided_event, payload, attempts, created_at`

	// A rule on a row in hand is that of a stop that came meanwhile.
	sqlIntent = `UPDATE outbox SET state = 2 WHERE id IN (?...) AND lease = ? AND +state = 1 AND rule = ''
		AND lease_node = ? AND lease_until > ? RETURNING id`

	// What is known for certain also replaces what another node had to call uncertain.
	sqlSettle = `UPDATE outbox SET state = 3, outcome = ?, finished_at = ?, rule = ?, decided_stage = ?, decided_at = ?,
		decided_event = CASE WHEN CAST(? AS BIGINT) = 0 THEN decided_event ELSE CAST(? AS BIGINT) END,
		lease_node = '', lease_until = 0
		WHERE id IN (?...) AND lease = ? AND (+state <> 3 OR outcome = 'uncertain')`
	sqlDefer = `UPDATE outbox SET state = CASE WHEN rule = '' THEN 0 ELSE 3 END,
		outcome = CASE WHEN rule = '' THEN 'deferred' ELSE 'withheld' END,
		finished_at = CASE WHEN rule = '' THEN 0 ELSE CAST(? AS BIGINT) END,
		run_at = ?, decided_stage = ?, decided_at = ?, lease_node = '', lease_until = 0
		WHERE id IN (?...) AND lease = ? AND +state IN (0, 1, 2)`
	sqlReturn = `UPDATE outbox SET state = CASE WHEN rule = '' THEN 0 ELSE 3 END,
		outcome = CASE WHEN rule = '' THEN outcome ELSE 'withheld' END,
		finished_at = CASE WHEN rule = '' THEN 0 ELSE CAST(? AS BIGINT) END,
		run_at = ?, attempts = attempts - 1, lease_node = '', lease_until = 0
		WHERE id IN (?...) AND lease = ? AND +state IN (1, 2)`
	sqlPutAside = `UPDATE outbox SET state = 4, attempts = attempts - 1, lease_node = '', lease_until = 0
		WHERE id IN (?...) AND +state = 1`

	sqlAttempts = `INSERT INTO attempt (id, outbox_id, number, started_at, ended_at, remote, stage, code, enhanced, reply,
		outcome, blame, judged_by, source) VALUES`

	sqlRenew = `UPDATE outbox SET lease_until = ? WHERE lease_node = ? AND state IN (1, 2) AND lease_until < ?`

	// A node never takes up its own rows: their outcomes may be waiting in its journal.
	sqlLost = `SELECT id, lease, kind, attempts, state FROM outbox
		WHERE state IN (1, 2) AND lease_until < ? AND lease_node <> ? ORDER BY id LIMIT 500`
	sqlReapLeased = `UPDATE outbox SET state = CASE WHEN rule = '' THEN 0 ELSE 3 END,
		outcome = CASE WHEN rule = '' THEN outcome ELSE 'withheld' END,
		finished_at = CASE WHEN rule = '' THEN 0 ELSE CAST(? AS BIGINT) END,
		run_at = ?, attempts = attempts - 1, lease_node = '', lease_until = 0
		WHERE id IN (?...) AND +state = 1 AND lease_until < ?`
	sqlReapDot = `UPDATE outbox SET state = ?, outcome = ?, run_at = ?, finished_at = ?, rule = '', lease_node = '', lease_until = 0
		WHERE id IN (?...) AND +state = 2 AND lease_until < ? RETURNING id, attempts`
	sqlAbandon = `UPDATE outbox SET lease_until = 1 WHERE state IN (1, 2)`

	sqlPark   = `UPDATE outbox SET state = 4 WHERE campaign_id = ? AND campaign_id <> 0 AND +state = 0`
	sqlUnpark = `UPDATE outbox SET state = 0 WHERE campaign_id = ? AND campaign_id <> 0 AND +state = 4`
	// One statement, so that a row that goes from hand to hand meanwhile is not missed: what waits ends, what is in
	// hand gets the rule.
	sqlStopRows = `UPDATE outbox SET rule = ?, outcome = CASE WHEN state IN (0, 4) THEN 'withheld' ELSE outcome END,
		finished_at = CASE WHEN state IN (0, 4) THEN CAST(? AS BIGINT) ELSE finished_at END,
		state = CASE WHEN state IN (0, 4) THEN 3 ELSE state END
		WHERE campaign_id = ? AND campaign_id <> 0 AND +state <> 3`
)

const (
	sqlShaping          = `SELECT kind, name, part, state FROM shaping WHERE updated_at >= ?`
	sqlForgetShaping    = `DELETE FROM shaping WHERE updated_at < ?`
	sqlKeepShaping      = `INSERT INTO shaping (kind, name, part, state, updated_at) VALUES`
	sqlKeepShapingAgain = `ON CONFLICT (kind, name, part) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`
)

const (
	sqlCountKeys = `SELECT COUNT(*) FROM signing_key WHERE workspace_id = ? AND domain = ? AND retired_at = 0`
	sqlPutKey    = `INSERT INTO signing_key (id, workspace_id, domain, selector, algorithm, private_sealed, dns_record, created_at, used_from)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	// RSA first: its signature is the one that every receiver knows.
	sqlKeys = `SELECT selector, algorithm, private_sealed, dns_record FROM signing_key
		WHERE workspace_id = ? AND domain = ? AND used_from <> 0 AND replaced_at = 0 AND retired_at = 0 ORDER BY algorithm DESC, id`
	// Those in use come first, then the next ones, then the old ones.
	sqlKeyRecords = `SELECT selector, algorithm, dns_record, used_from, replaced_at FROM signing_key
		WHERE workspace_id = ? AND domain = ? AND retired_at = 0
		ORDER BY CASE WHEN replaced_at <> 0 THEN 2 WHEN used_from = 0 THEN 1 ELSE 0 END, algorithm DESC, id`
	sqlCountKeyStates = `SELECT COALESCE(SUM(CASE WHEN used_from <> 0 AND replaced_at = 0 THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN used_from = 0 THEN 1 ELSE 0 END), 0) FROM signing_key
		WHERE workspace_id = ? AND domain = ? AND retired_at = 0`
	sqlReplaceKeys = `UPDATE signing_key SET replaced_at = ? WHERE workspace_id = ? AND domain = ? AND used_from <> 0 AND replaced_at = 0`
	sqlUseKeys     = `UPDATE signing_key SET used_from = ? WHERE workspace_id = ? AND domain = ? AND used_from = 0`
	sqlRetireKeys  = `UPDATE signing_key SET retired_at = ? WHERE workspace_id = ? AND domain = ? AND retired_at = 0
		AND replaced_at <> 0 AND replaced_at < ?`
)

const (
	sqlMessageOwner = `SELECT workspace_id, address_id FROM outbox WHERE id = ?`
	sqlCatch        = `INSERT INTO caught (id, workspace_id, address_id, mail_from, rcpt_to, subject, data, received_at) VALUES`
	sqlCaught       = `SELECT id, workspace_id, mail_from, rcpt_to, subject, received_at FROM caught
		WHERE workspace_id IN (?...) AND id < ? AND rcpt_to LIKE ? ESCAPE '\' ORDER BY id DESC LIMIT ?`
	sqlCaughtByID = `SELECT id, workspace_id, mail_from, rcpt_to, subject, received_at, data FROM caught
		WHERE id = ? AND workspace_id IN (?...)`
)

const sqlDomainOwner = `SELECT workspace_id FROM sending_domain WHERE domain = ? AND state = 'proven' ORDER BY id LIMIT 1`

const sqlDueDomains = `SELECT d.workspace_id, d.domain FROM sending_domain d
	WHERE d.looked_at < ? AND (d.checked_at < ? OR d.checked_at < ? AND EXISTS (SELECT 1 FROM signing_key k
		WHERE k.workspace_id = d.workspace_id AND k.domain = d.domain AND k.used_from = 0)
		OR d.checked_at < ? AND d.green_at < d.checked_at)
	OR NOT EXISTS (SELECT 1 FROM signing_key k
		WHERE k.workspace_id = d.workspace_id AND k.domain = d.domain AND k.algorithm = ? AND k.retired_at = 0)
	ORDER BY d.id LIMIT 50`
