package provision

const (
	sqlAddRecipient = `INSERT INTO provision_recipient (id, workspace_id, version, secrets, created_at, updated_at)
		VALUES (?, ?, 1, ?, ?, ?)`
	sqlAddTerms = `INSERT INTO provision_recipient_version (recipient_id, number, terms, created_at, created_by)
		VALUES (?, ?, ?, ?, ?)`
	sqlEditRecipient = `UPDATE provision_recipient SET version = ?, secrets = ?, updated_at = ?
		WHERE id = ? AND workspace_id = ? AND updated_at = ?`
	sqlArchiveRecipient = `UPDATE provision_recipient SET archived_at = ? WHERE id = ? AND workspace_id = ? AND archived_at = 0`
	sqlRecipients       = `SELECT id FROM provision_recipient WHERE workspace_id = ? ORDER BY id`
	sqlRecipient        = `SELECT r.version, r.secrets, r.created_at, r.updated_at, r.archived_at, t.terms FROM provision_recipient r
		JOIN provision_recipient_version t ON t.recipient_id = r.id AND t.number = r.version WHERE r.id = ? AND r.workspace_id = ?`
	// Requests to stop of which nobody knows whose they are.
	sqlUnknownStops = `SELECT COUNT(*) FROM rights_request
		WHERE workspace_id = ? AND kind = 'stop_provision' AND contact_id = 0 AND answered_at = 0 AND programme_id IN (0, ?)`
	sqlNamed = `SELECT r.id, r.archived_at, t.terms FROM provision_recipient r
		JOIN provision_recipient_version t ON t.recipient_id = r.id AND t.number = r.version WHERE r.workspace_id = ? AND r.id IN (?...)`
	sqlTerms = `SELECT t.number, t.terms, t.created_at, t.created_by FROM provision_recipient_version t
		JOIN provision_recipient r ON r.id = t.recipient_id WHERE t.recipient_id = ? AND r.workspace_id = ? ORDER BY t.number`

	sqlAddRun = `INSERT INTO provision_run (id, workspace_id, programme_id, version, recipient_id, recipient_version, plan, salt,
		created_at, created_by, state, job_id, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	runColumns = `u.id, u.workspace_id, u.programme_id, u.version, u.recipient_id, u.recipient_version, u.plan, u.salt, u.created_at,
		u.created_by, u.state, u.preview, u.counts, u.job_id, u.approved_at, u.approved_by, u.approval_reason, u.prepared_at, u.handed_at, u.provided_at,
		u.proof, u.keep_until, u.error, u.updated_at, p.name, p.class, t.terms FROM provision_run u
		JOIN provision_programme p ON p.id = u.programme_id
		JOIN provision_recipient_version t ON t.recipient_id = u.recipient_id AND t.number = u.recipient_version`
	sqlRun  = `SELECT ` + runColumns + ` WHERE u.id = ? AND u.workspace_id = ?`
	sqlRuns = `SELECT ` + runColumns + ` WHERE u.workspace_id = ? AND u.id < ?
		AND (u.programme_id = ? OR CAST(? AS BIGINT) = 0) AND (u.recipient_id = ? OR CAST(? AS BIGINT) = 0)
		AND ((CAST(? AS BOOLEAN) AND u.state IN ('handing', 'provided', 'uncertain') AND u.handed_at >= ? AND u.handed_at < ?)
			OR (NOT CAST(? AS BOOLEAN) AND u.created_at >= ? AND u.created_at < ?)) ORDER BY u.id DESC LIMIT ?`
	sqlHoldRun = `SELECT state FROM provision_run WHERE id = ? AND workspace_id = ? /*hold*/`

	sqlCounted  = `UPDATE provision_run SET state = ?, preview = ?, counts = ?, error = '', updated_at = ? WHERE id = ? AND state = 'counting'`
	sqlApprove  = `UPDATE provision_run SET state = 'preparing', preview = '{}', approved_at = ?, approved_by = ?, approval_reason = ?, job_id = ?, counts = '{}', updated_at = ? WHERE id = ? AND state = 'planned'`
	sqlProgress = `UPDATE provision_run SET counts = ?, updated_at = ? WHERE id = ? AND state = 'preparing'`
	sqlPrepared = `UPDATE provision_run SET state = 'prepared', counts = ?, prepared_at = ?, job_id = ?, updated_at = ? WHERE id = ? AND state = 'preparing'`
	sqlFail     = `UPDATE provision_run SET state = 'failed', preview = '{}', error = ?, updated_at = ? WHERE id = ? AND state IN ('counting', 'preparing')`
	sqlDiscard  = `UPDATE provision_run SET state = 'discarded', preview = '{}', updated_at = ?
		WHERE id = ? AND workspace_id = ? AND state IN ('counting', 'planned', 'preparing', 'prepared', 'failed')`
	// The previews of a workspace; only what waits for its approval has one.
	sqlErasedOf    = `SELECT id FROM contact WHERE id IN (?...) AND erased_at <> 0`
	sqlWithPreview = `SELECT id FROM provision_run WHERE workspace_id = ? AND preview <> '{}'`
	sqlPreview     = `SELECT preview FROM provision_run WHERE id = ? /*hold*/`
	sqlSetPreview  = `UPDATE provision_run SET preview = ?, updated_at = ? WHERE id = ?`
	sqlSetCounts   = `UPDATE provision_run SET counts = ?, updated_at = ? WHERE id = ?`
	// The runs whose data set waits with one of some people in it, and where in it they are.
	sqlWaitingWith = `SELECT DISTINCT r.run_id FROM provision_record r JOIN provision_piece k ON k.run_id = r.run_id AND k.n = r.piece
		JOIN provision_run u ON u.id = r.run_id WHERE r.contact_id IN (?...) AND u.workspace_id = ?`
	sqlStillIn = `SELECT r.contact_id, r.piece, '' FROM provision_record r LEFT JOIN provision_left_out l ON l.run_id = r.run_id
		AND l.contact_id = r.contact_id WHERE r.run_id = ? AND r.contact_id IN (?...) AND l.run_id IS NULL`
	sqlResolve = `UPDATE provision_run SET state = ?, provided_at = ?, proof = ?, updated_at = ?
		WHERE id = ? AND workspace_id = ? AND state IN ('uncertain', 'handing')`

	sqlAddRecords = `INSERT INTO provision_record (run_id, contact_id, piece, name, known, mark, consent_id) VALUES`
	recordWidth   = 7
	sqlAddPiece   = `INSERT INTO provision_piece (run_id, n, persons, data, lines) VALUES (?, ?, ?, ?, ?)`
	sqlNextPiece  = `SELECT n, data FROM provision_piece WHERE run_id = ? AND n > ? ORDER BY n LIMIT 1`
	sqlPiece      = `SELECT data, lines FROM provision_piece WHERE run_id = ? AND n = ?`
	sqlSetPiece   = `UPDATE provision_piece SET persons = ?, data = ?, lines = ? WHERE run_id = ? AND n = ?`
	sqlAddToRoll  = `INSERT INTO provision_roll (run_id, last, people) VALUES (?, ?, ?)`
	sqlPartOfRoll = `SELECT people FROM provision_roll WHERE run_id = ? AND last >= ? ORDER BY last LIMIT 1`
	sqlDropRoll   = `DELETE FROM provision_roll WHERE run_id = ?`
	sqlDropPieces = `DELETE FROM provision_piece WHERE run_id = ? AND n IN
		(SELECT n FROM provision_piece WHERE run_id = ? ORDER BY n LIMIT 32)`
	sqlWithPieces = `SELECT DISTINCT u.workspace_id, u.id FROM provision_piece p JOIN provision_run u ON u.id = p.run_id`
	// The first piece is the first to be deleted: with it the data set is whole.
	sqlHasFirstPiece = `SELECT COUNT(*) FROM provision_piece WHERE run_id = ? AND n = 0`

	// Who may no longer be in a data set that waits: stopped (by an address, or as a person), erased, or flagged. Each
	// is of everybody who became one person by merges, before and after the data set was written. It starts from what
	// came, not from the million that wait.
	sqlStoppedIn = `WITH RECURSIVE stopped (id) AS (
			SELECT s.contact_id FROM provision_stop s WHERE s.workspace_id = ? AND s.programme_id IN (0, ?) AND s.contact_id <> 0
		UNION SELECT a.contact_id FROM provision_stop s JOIN address a ON a.workspace_id = s.workspace_id AND a.hash = s.address_hash
			WHERE s.workspace_id = ? AND s.programme_id IN (0, ?) AND a.contact_id <> 0
		UNION SELECT c.merged_into FROM stopped g JOIN contact c ON c.id = g.id WHERE c.merged_into <> 0),
		kin (id) AS (SELECT g.id FROM stopped g
		UNION SELECT c.id FROM kin k JOIN contact c ON c.merged_into = k.id AND c.merged_into <> 0)
		SELECT r.contact_id, r.piece, 'PRV-07' FROM kin k JOIN provision_record r ON r.run_id = ? AND r.contact_id = k.id`
	sqlErasedIn = `WITH RECURSIVE kin (id) AS (SELECT c.id FROM contact c WHERE c.workspace_id = ? AND c.erased_at <> 0
		UNION SELECT c.id FROM kin k JOIN contact c ON c.merged_into = k.id AND c.merged_into <> 0)
		SELECT r.contact_id, r.piece, 'ERASE-01' FROM kin k JOIN provision_record r ON r.run_id = ? AND r.contact_id = k.id`
	// A merge hands on the flags that there are; those that came later stand at who was left.
	sqlFlaggedIn = `WITH RECURSIVE kept (id, piece, now) AS (
			SELECT r.contact_id, r.piece, c.id FROM contact c JOIN provision_record r ON r.run_id = ? AND r.contact_id = c.id
			WHERE c.workspace_id = ? AND (c.origin <> 0 OR c.merged_into <> 0)
		UNION SELECT k.id, k.piece, c.merged_into FROM kept k JOIN contact c ON c.id = k.now WHERE c.merged_into <> 0)
		SELECT k.id, k.piece, c.origin FROM kept k JOIN contact c ON c.id = k.now WHERE c.origin <> 0`
	sqlLeftOut = `INSERT INTO provision_left_out (run_id, contact_id, rule, maybe, at, attempt) VALUES`
	leftWidth  = 6
	sqlIsOut   = `SELECT contact_id FROM provision_left_out WHERE run_id = ?`

	// The last attempt that may have carried something, 0 for none.
	sqlLastTried = `SELECT COALESCE(MAX(n), 0) FROM provision_attempt WHERE run_id = ? AND outcome <> 'failed'`
	// Of an attempt that was cut off before its data set had been measured nothing can have left.
	sqlEndOpen = `UPDATE provision_attempt SET ended_at = ?, outcome = CASE WHEN size = 0 THEN 'failed' ELSE 'uncertain' END,
		detail = CASE WHEN size = 0 THEN 'provision.attempt.not_begun' ELSE 'provision.attempt.cut_off' END WHERE run_id = ? AND ended_at = 0`
	sqlMeasured    = `UPDATE provision_attempt SET size = ?, hash = ? WHERE run_id = ? AND n = ? AND ended_at = 0`
	sqlNextAttempt = `SELECT COALESCE(MAX(n), 0) + 1 FROM provision_attempt WHERE run_id = ?`
	sqlAddAttempt  = `INSERT INTO provision_attempt (run_id, n, started_at, persons, size, hash, actor, actor_id) VALUES (?, ?, ?, ?, 0, ?, ?, ?)`
	sqlEndAttempt  = `UPDATE provision_attempt SET ended_at = ?, outcome = ?, detail = ? WHERE run_id = ? AND n = ? AND ended_at = 0`
	sqlAttempts    = `SELECT n, started_at, persons, size, hash, actor, actor_id, ended_at, outcome, detail FROM provision_attempt WHERE run_id = ? ORDER BY n`
	sqlHand        = `UPDATE provision_run SET state = CASE WHEN state = 'provided' THEN state ELSE 'handing' END, counts = ?,
		handed_at = CASE WHEN CAST(? AS BOOLEAN) THEN ? ELSE handed_at END, keep_until = CASE WHEN keep_until < ? THEN ? ELSE keep_until END,
		error = '', updated_at = ? WHERE id = ?`
	sqlArrived = `UPDATE provision_run SET state = 'provided', provided_at = CASE WHEN provided_at = 0 THEN ? ELSE provided_at END,
		proof = CASE WHEN provided_at = 0 THEN ? ELSE proof END, error = '', updated_at = ? WHERE id = ?`
	sqlNoArrival = `UPDATE provision_run SET state = CASE WHEN state = 'provided' THEN state ELSE ? END, error = ?, updated_at = ? WHERE id = ?`
	sqlBlocked   = `UPDATE provision_run SET error = ?, updated_at = ? WHERE id = ? AND state = ?`
	sqlSetJob    = `UPDATE provision_run SET job_id = ?, updated_at = ? WHERE id = ?`

	sqlAgreements = `SELECT contact_id, id, ` + saidAt + `, given, abroad, version FROM provision_consent
		WHERE programme_id = ? AND recipient_id IN (0, ?) AND contact_id IN (?...) ORDER BY ` + saidAt + `, given DESC, id`
	sqlStoppedPeople = `SELECT DISTINCT contact_id FROM provision_stop
		WHERE workspace_id = ? AND programme_id IN (0, ?) AND contact_id IN (?...) AND contact_id <> 0`

	// Who was in an attempt that arrived was provided, whatever later ones held.
	recordColumns = `r.run_id, r.contact_id, r.name, r.known, r.mark, r.consent_id, COALESCE(l.rule, ''), COALESCE(l.maybe, FALSE) FROM provision_record r
		LEFT JOIN provision_left_out l ON l.run_id = r.run_id AND l.contact_id = r.contact_id AND NOT EXISTS
			(SELECT 1 FROM provision_attempt t WHERE t.run_id = l.run_id AND t.n <= l.attempt AND t.outcome = 'arrived')`
	sqlRecords   = `SELECT ` + recordColumns + ` WHERE r.run_id = ? AND r.contact_id > ? ORDER BY r.contact_id LIMIT ?`
	sqlRecordsOf = `SELECT ` + recordColumns + ` WHERE r.contact_id IN (?...) ORDER BY r.run_id DESC`
	// The mail addresses that people have now, whomever they were merged into.
	sqlMailsOf = `WITH RECURSIVE kept (id, now) AS (SELECT c.id, c.id FROM contact c WHERE c.id IN (?...)
		UNION SELECT k.id, c.merged_into FROM kept k JOIN contact c ON c.id = k.now WHERE c.merged_into <> 0)
		SELECT k.id, a.shown FROM kept k JOIN address a ON a.contact_id = k.now
		WHERE a.workspace_id = ? AND a.channel = 'email' AND a.shown <> '' ORDER BY k.id, a.id`
	sqlLastKeep    = `SELECT COALESCE(MAX(keep_until), 0) FROM provision_run WHERE programme_id = ? AND recipient_id = ?`
	sqlHasRecords  = `SELECT COUNT(*) FROM provision_record WHERE run_id = ? AND contact_id IN (?...)`
	sqlRelease     = `INSERT INTO provision_release (run_id, released_at, released_by) VALUES (?, ?, ?) ON CONFLICT (run_id) DO NOTHING`
	sqlDropRecords = `DELETE FROM provision_record WHERE run_id = ? AND contact_id IN
		(SELECT contact_id FROM provision_record WHERE run_id = ? ORDER BY contact_id LIMIT ?)`

	sqlKnownPeople     = `SELECT id FROM contact WHERE workspace_id = ? AND id IN (?...)`
	sqlKnownRecipients = `SELECT id FROM provision_recipient WHERE workspace_id = ? AND id IN (?...)`
	sqlAddAgreements   = `INSERT INTO provision_consent (id, workspace_id, programme_id, contact_id, recipient_id, given, abroad, version,
		happened_at, evidence, created_at, created_by) VALUES`
	agreementWidth = 12

	// The latest run by which each recipient has a person's data by each programme, of every one (0) or one.
	sqlHaveData = `SELECT u.recipient_id, MAX(u.id) FROM provision_record r JOIN provision_run u ON u.id = r.run_id
		LEFT JOIN provision_left_out l ON l.run_id = r.run_id AND l.contact_id = r.contact_id
		WHERE r.contact_id IN (?...) AND u.workspace_id = ? AND (u.programme_id = ? OR CAST(? AS BIGINT) = 0)
		AND u.state IN ('handing', 'provided', 'uncertain') AND (l.run_id IS NULL OR l.maybe) GROUP BY u.recipient_id, u.programme_id`
	sqlAddTask = `INSERT INTO provision_task (id, workspace_id, recipient_id, contact_id, run_id, created_at, due_at, way, next_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'hand', ?) ON CONFLICT (recipient_id, contact_id, run_id) DO NOTHING`
	taskColumns = `k.id, k.workspace_id, k.recipient_id, v.terms, k.contact_id, k.run_id, k.created_at, k.due_at, k.way, k.sent_at,
		k.tries, k.acknowledged_at, k.acknowledged_by, k.proof, k.error, p.name, NOT (u.state IN ('handing', 'provided', 'uncertain'))
		FROM provision_task k JOIN provision_recipient t ON t.id = k.recipient_id
		JOIN provision_recipient_version v ON v.recipient_id = t.id AND v.number = t.version
		JOIN provision_run u ON u.id = k.run_id JOIN provision_programme p ON p.id = u.programme_id`
	sqlTask  = `SELECT ` + taskColumns + ` WHERE k.id = ?`
	sqlTasks = `SELECT ` + taskColumns + ` WHERE k.workspace_id = ? AND k.id < ? AND (k.recipient_id = ? OR CAST(? AS BIGINT) = 0)
		AND (k.contact_id = ? OR CAST(? AS BIGINT) = 0) ORDER BY k.id DESC LIMIT ?`
	// Of a run of which nothing arrived there is nothing to be told.
	sqlOpenTasks = `SELECT ` + taskColumns + ` WHERE k.workspace_id = ? AND k.acknowledged_at = 0 AND u.state IN ('handing', 'provided', 'uncertain')
		AND (k.due_at, k.id) > (COALESCE((SELECT b.due_at FROM provision_task b WHERE b.id = ?), 0), ?)
		AND (k.recipient_id = ? OR CAST(? AS BIGINT) = 0) AND (k.contact_id = ? OR CAST(? AS BIGINT) = 0) ORDER BY k.due_at, k.id LIMIT ?`
	sqlDueTasks = `SELECT k.id, k.recipient_id FROM provision_task k JOIN provision_run u ON u.id = k.run_id WHERE k.acknowledged_at = 0
		AND k.next_at <> 0 AND k.next_at <= ? AND u.state IN ('handing', 'provided', 'uncertain') ORDER BY k.next_at LIMIT ?`
	sqlTellAgain = `UPDATE provision_task SET way = ?, tries = tries + 1, next_at = ?, error = ? WHERE id = ? AND acknowledged_at = 0`
	sqlPutOff    = `UPDATE provision_task SET next_at = ? WHERE recipient_id = ? AND acknowledged_at = 0 AND next_at <> 0 AND next_at <= ?`
	sqlTold      = `UPDATE provision_task SET way = ?, sent_at = ?, tries = tries + 1, next_at = 0, error = '' WHERE id = ? AND acknowledged_at = 0`
	sqlHookHeard = `UPDATE provision_task SET way = ?, sent_at = ?, tries = tries + 1, next_at = 0, error = '', acknowledged_at = ?, proof = ?
		WHERE id = ? AND acknowledged_at = 0`
	// By what a recipient knows a person, of all that it has; several where it got several or they were merged since.
	sqlKnownBy = `SELECT DISTINCT r.known FROM provision_record r JOIN provision_run u ON u.id = r.run_id
		LEFT JOIN provision_left_out l ON l.run_id = r.run_id AND l.contact_id = r.contact_id
		WHERE u.workspace_id = ? AND u.recipient_id = ? AND u.state IN ('handing', 'provided', 'uncertain')
		AND r.contact_id IN (?...) AND r.known <> '' AND (l.run_id IS NULL OR l.maybe) ORDER BY r.known`
	sqlOverdueTasks = `SELECT COUNT(*) FROM provision_task k JOIN provision_run u ON u.id = k.run_id
		WHERE k.workspace_id = ? AND k.acknowledged_at = 0 AND k.due_at < ? AND u.state IN ('handing', 'provided', 'uncertain')`
	sqlOpenTasksOfRun = `SELECT contact_id, created_at FROM provision_task WHERE run_id = ? AND acknowledged_at = 0`
	sqlAcknowledge    = `UPDATE provision_task SET acknowledged_at = ?, acknowledged_by = ?, proof = ?, next_at = 0
		WHERE id = ? AND workspace_id = ? AND acknowledged_at = 0`
)
