package delivery

// The questions of Look. The first two walk the index on due rows alone.
const (
	sqlLookQueues = `SELECT lane, COUNT(*), SUM(CASE WHEN run_at <= ? THEN 1 ELSE 0 END), MIN(run_at) FROM outbox
		WHERE state = 0 AND (CAST(? AS BIGINT) = 0 OR workspace_id = ?) GROUP BY lane ORDER BY COUNT(*) DESC, lane LIMIT ?`
	sqlLookQueue = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN run_at <= ? THEN 1 ELSE 0 END), 0), COALESCE(MIN(run_at), 0) FROM outbox
		WHERE state = 0 AND lane = ? AND (CAST(? AS BIGINT) = 0 OR workspace_id = ?)`
	sqlLookHeld = `SELECT lane, state, COUNT(*) FROM outbox
		WHERE state IN (1, 2) AND (CAST(? AS BIGINT) = 0 OR workspace_id = ?) GROUP BY lane, state
		UNION ALL SELECT lane, state, COUNT(*) FROM outbox
		WHERE state = 4 AND (CAST(? AS BIGINT) = 0 OR workspace_id = ?) GROUP BY lane, state`
	sqlLookUncertain = `SELECT COUNT(*) FROM outbox WHERE outcome = 'uncertain'`
	sqlLookFresh     = `SELECT name, state FROM shaping WHERE kind = 'lane' AND updated_at >= ?`
	sqlLookLately    = `SELECT name FROM shaping WHERE kind = 'lane' GROUP BY name ORDER BY MAX(updated_at) DESC, name LIMIT ?`
	sqlLookLearned   = `SELECT name, part, state FROM shaping WHERE kind = 'lane' AND name IN (?...) ORDER BY name, part`
	sqlLookBreakers  = `SELECT name, part, state FROM shaping WHERE kind = 'breaker' ORDER BY updated_at DESC, name, part`
	sqlLookCampaigns = `SELECT id, name FROM campaign WHERE id IN (?...) AND (CAST(? AS BIGINT) = 0 OR workspace_id = ?)`

	sqlLookMessage = `SELECT kind, class, campaign_id, domain, lane, state, outcome, attempts, run_at, created_at, finished_at,
		decided_stage, decided_at, decided_event, decided_rules, rule FROM outbox
		WHERE id = ? AND (CAST(? AS BIGINT) = 0 OR workspace_id = ?)`
	sqlLookAttempts = `SELECT number, started_at, ended_at, remote, stage, code, enhanced, reply, outcome, blame, judged_by, source
		FROM attempt WHERE outbox_id = ? ORDER BY id`
	sqlLookReturned = `SELECT kind, status, blame, rule, source, at FROM returned WHERE outbox_id = ? ORDER BY at, id`
)
