package job

const (
	jobColumns = `id, workspace_id, kind, state, payload, cursor, done, total, result, error, stop_wanted, attempts,
		run_at, created_by, created_at, finished_at`

	sqlInsertJob = `INSERT INTO job (id, workspace_id, kind, state, payload, total, run_at, created_by, created_at)
		VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?)`
	sqlEnsurePeriodic = `INSERT INTO job (id, workspace_id, kind, state, payload, run_at, created_at)
		VALUES (?, 0, ?, 'queued', '{}', ?, ?) ON CONFLICT (id) DO NOTHING`
	sqlGetJob   = `SELECT ` + jobColumns + ` FROM job WHERE workspace_id = ? AND id = ?`
	sqlListJobs = `SELECT ` + jobColumns + ` FROM job WHERE workspace_id = ? AND id < ? AND (kind = ? OR ? = '')
		ORDER BY id DESC LIMIT ?`

	// A queued job that is due, or a running one whose node let the lease run out.
	sqlClaim = `UPDATE job SET state = 'running', lease_until = ?, lease_node = ?, attempts = attempts + 1
		WHERE id = (SELECT id FROM job WHERE state IN ('queued', 'running') AND kind IN (?...)
			AND ((state = 'queued' AND run_at <= ?) OR (state = 'running' AND lease_until <= ?))
			ORDER BY run_at, id LIMIT 1 /*lock*/)
		RETURNING ` + jobColumns
	sqlNextDue = `SELECT COALESCE(MIN(CASE WHEN state = 'queued' THEN run_at ELSE lease_until END), 0) FROM job
		WHERE state IN ('queued', 'running') AND kind IN (?...)`
	sqlRenew = `UPDATE job SET lease_until = ? WHERE id = ? AND lease_node = ? AND state = 'running' RETURNING stop_wanted`
	// Progress also proves that the job is no poison: it has its tries back.
	sqlAdvance = `UPDATE job SET done = ?, total = ?, cursor = ?, result = ?, lease_until = ?, attempts = 1
		WHERE id = ? AND lease_node = ? AND state = 'running' RETURNING stop_wanted`
	sqlShow   = `UPDATE job SET done = ?, lease_until = ? WHERE id = ? AND lease_node = ? AND state = 'running' RETURNING stop_wanted`
	sqlFinish = `UPDATE job SET state = ?, error = ?, finished_at = ?, lease_until = 0, lease_node = ''
		WHERE id = ? AND lease_node = ? AND state = 'running'`
	sqlRequeue = `UPDATE job SET state = 'queued', run_at = ?, attempts = ?, lease_until = 0, lease_node = ''
		WHERE id = ? AND lease_node = ? AND state = 'running'`
	// One statement, so that a job that is taken up or given back meanwhile is not missed.
	sqlWantStop = `UPDATE job SET stop_wanted = TRUE, finished_at = CASE WHEN state = 'queued' THEN CAST(? AS BIGINT) ELSE finished_at END,
		state = CASE WHEN state = 'queued' THEN 'stopped' ELSE state END
		WHERE workspace_id = ? AND id = ? AND state IN ('queued', 'running')`

	blobColumns   = `id, workspace_id, name, media_type, size, complete, created_at, expires_at`
	sqlInsertBlob = `INSERT INTO blob (id, workspace_id, name, media_type, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)`
	sqlPutPiece   = `INSERT INTO blob_piece (blob_id, n, data) VALUES (?, ?, ?)`
	sqlGrowBlob   = `UPDATE blob SET size = size + ? WHERE id = ? AND complete = FALSE`
	sqlSealBlob   = `UPDATE blob SET complete = TRUE WHERE id = ?`
	sqlGetBlob    = `SELECT ` + blobColumns + ` FROM blob WHERE workspace_id = ? AND id = ?`
	sqlNextPiece  = `SELECT n, data FROM blob_piece WHERE blob_id = ? AND n > ? ORDER BY n LIMIT 1`
	sqlDropPieces = `DELETE FROM blob_piece WHERE blob_id = ? AND n IN
		(SELECT n FROM blob_piece WHERE blob_id = ? ORDER BY n LIMIT 64)`
	sqlDropBlob = `DELETE FROM blob WHERE id = ?`
	// Files past their time, and pieces of a file whose bringer went away.
	sqlStaleBlobs = `SELECT id FROM blob WHERE (expires_at <> 0 AND expires_at <= ?)
		OR (complete = FALSE AND created_at <= ?) ORDER BY id LIMIT 100`
)
