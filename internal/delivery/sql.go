package delivery

const (
	sqlPut = `INSERT INTO outbox (id, workspace_id, kind, campaign_id, version_id, contact_id, address_id,
		topic_id, class, profile_id, domain, lane, priority, state, outcome, run_at, decided_stage, decided_at,
		decided_event, decided_rules, rule, payload, created_at, finished_at) VALUES`
	sqlPutOnce = `ON CONFLICT (campaign_id, address_id) WHERE campaign_id <> 0 AND kind = 'campaign' DO NOTHING`

	// The index on due rows begins with lane, so this walks from lane to lane.
	sqlNextLane = `SELECT lane FROM outbox WHERE state = 0 AND lane > ? ORDER BY lane LIMIT 1`

	sqlLease = `UPDATE outbox SET state = 1, lease_until = ?, lease_node = ?, attempts = attempts + 1,
		decided_stage = 'leased', decided_at = ?, decided_rules = ?
		WHERE id IN (SELECT id FROM outbox WHERE state = 0 AND lane = ? AND run_at <= ?
			ORDER BY priority, run_at, id LIMIT ? /*lock*/)
		RETURNING id, kind, workspace_id, profile_id, campaign_id, version_id, contact_id, domain, address_id,
			topic_id, class, payload, attempts, created_at`

	sqlSetEvent = `UPDATE outbox SET decided_event = ? WHERE id = ?`

	sqlIntent = `UPDATE outbox SET state = 2 WHERE id IN (?...) AND state = 1 AND lease_node = ? AND lease_until > ? RETURNING id`

	sqlSettle = `UPDATE outbox SET state = ?, outcome = ?, run_at = ?, finished_at = ?, rule = ?, decided_stage = ?,
		decided_at = ?, lease_node = '', lease_until = 0
		WHERE id IN (?...) AND lease_node = ? AND state IN (1, 2)`
	sqlUncount = `UPDATE outbox SET attempts = attempts - 1 WHERE id IN (?...) AND state = 0 AND attempts > 0`

	sqlAttempts = `INSERT INTO attempt (id, outbox_id, number, started_at, ended_at, remote, stage, code, enhanced, reply, outcome) VALUES`

	sqlRenew = `UPDATE outbox SET lease_until = ? WHERE lease_node = ? AND state IN (1, 2)`

	sqlLost     = `SELECT id, kind, attempts, state, created_at FROM outbox WHERE state IN (1, 2) AND lease_until < ? ORDER BY id LIMIT 500`
	sqlReap     = `UPDATE outbox SET state = ?, outcome = ?, run_at = ?, finished_at = ?, lease_node = '', lease_until = 0 WHERE id IN (?...) AND state = ? AND lease_until < ?`
	sqlAbandon  = `UPDATE outbox SET lease_until = 1 WHERE state IN (1, 2)`
	sqlCountDue = `SELECT COUNT(*) FROM outbox WHERE state IN (0, 1, 2)`

	sqlPark      = `UPDATE outbox SET state = 4 WHERE campaign_id = ? AND state = 0`
	sqlUnpark    = `UPDATE outbox SET state = 0 WHERE campaign_id = ? AND state = 4`
	sqlStopRows  = `UPDATE outbox SET state = 3, outcome = 'withheld', rule = ?, finished_at = ? WHERE campaign_id = ? AND state IN (0, 4)`
	sqlOpenCount = `SELECT COUNT(*) FROM outbox WHERE campaign_id = ? AND state <> 3`
)

const (
	sqlCountKeys = `SELECT COUNT(*) FROM signing_key WHERE workspace_id = ? AND domain = ? AND retired_at = 0`
	sqlPutKey    = `INSERT INTO signing_key (id, workspace_id, domain, selector, algorithm, private_sealed, dns_record, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	// RSA first: its signature is the one that every receiver knows.
	sqlKeys = `SELECT selector, algorithm, private_sealed, dns_record FROM signing_key
		WHERE workspace_id = ? AND domain = ? AND retired_at = 0 ORDER BY algorithm DESC, id`
)

const (
	sqlCatch  = `INSERT INTO caught (id, mail_from, rcpt_to, subject, data, received_at) VALUES`
	sqlCaught = `SELECT id, mail_from, rcpt_to, subject, received_at FROM caught
		WHERE (? = '' OR rcpt_to = ?) AND id < ? ORDER BY id DESC LIMIT ?`
	sqlCaughtByID = `SELECT id, mail_from, rcpt_to, subject, received_at, data FROM caught WHERE id = ?`
)

const sqlDueDomains = `SELECT d.workspace_id, d.domain FROM sending_domain d
	WHERE d.checked_at < ? OR NOT EXISTS (SELECT 1 FROM signing_key k
		WHERE k.workspace_id = d.workspace_id AND k.domain = d.domain AND k.algorithm = ? AND k.retired_at = 0)
	ORDER BY d.id LIMIT 50`
