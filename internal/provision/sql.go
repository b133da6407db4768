package provision

const (
	sqlAddProgramme = `INSERT INTO provision_programme (id, workspace_id, name, class, draft, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`

	sqlEditDraft = `UPDATE provision_programme SET draft = ?, updated_at = ?
		WHERE id = ? AND workspace_id = ? AND updated_at = ?`

	sqlProgramme = `SELECT name, class, draft, created_at, updated_at FROM provision_programme
		WHERE id = ? AND workspace_id = ?`

	sqlProgrammes = `SELECT id FROM provision_programme WHERE workspace_id = ? ORDER BY id`

	sqlWorkspaceOf = `SELECT workspace_id FROM provision_programme WHERE id = ?`

	sqlHoldProgramme = `SELECT id FROM provision_programme WHERE id = ? AND workspace_id = ? /*hold*/`

	sqlAddVersion = `INSERT INTO provision_version (id, programme_id, number, items, hash, created_at, created_by)
		VALUES (?, ?, ?, ?, ?, ?, ?)`

	sqlVersions = `SELECT number, items, hash, created_at FROM provision_version WHERE programme_id = ? ORDER BY number`

	sqlAddStep = `INSERT INTO provision_step (id, programme_id, version, kind, happened_at, evidence, elsewhere, created_at, created_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

	sqlAddCorrection = `INSERT INTO provision_step_correction (id, programme_id, version, kind, n, happened_at, evidence, elsewhere, void,
		reason, created_at, created_by) VALUES (?, ?, ?, ?, (SELECT COALESCE(MAX(n), 0) + 1 FROM provision_step_correction
		WHERE programme_id = ? AND version = ? AND kind = ?), ?, ?, ?, ?, ?, ?, ?)`

	// What was first recorded of a step, and behind it what was put right.
	sqlSteps = `SELECT version, kind, happened_at, evidence, elsewhere, created_at, FALSE AS void, '' AS reason, 0 AS n
			FROM provision_step WHERE programme_id = ?
		UNION ALL SELECT version, kind, happened_at, evidence, elsewhere, created_at, void, reason, n
			FROM provision_step_correction WHERE programme_id = ? ORDER BY version, n`

	sqlHandedBy = `SELECT COUNT(*) FROM provision_run WHERE programme_id = ? AND version = ? AND state IN ('handing', 'provided', 'uncertain')`

	sqlAddStop = `INSERT INTO provision_stop (id, workspace_id, address_hash, programme_id, method, received_at,
		created_at, created_by, contact_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace_id, address_hash, programme_id) DO NOTHING`

	sqlStopped = `SELECT DISTINCT address_hash FROM provision_stop
		WHERE workspace_id = ? AND programme_id IN (0, ?) AND address_hash IN (?...)`
)

// What was asked to stop of some contacts, by themselves or by their addresses: the earliest of each programme.
const sqlStopsToCarry = `SELECT x.programme_id, MIN(x.received_at), MAX(x.created_by) FROM (
		SELECT programme_id, received_at, created_by FROM provision_stop WHERE contact_id IN (?...) AND contact_id <> 0 AND workspace_id = ?
		UNION ALL SELECT s.programme_id, s.received_at, s.created_by FROM address a
			JOIN provision_stop s ON s.workspace_id = a.workspace_id AND s.address_hash = a.hash
			WHERE a.contact_id IN (?...) AND a.contact_id <> 0 AND a.workspace_id = ?) x GROUP BY x.programme_id ORDER BY x.programme_id`

const sqlWorkspaceOfPerson = `SELECT workspace_id FROM contact WHERE id = ?`

// What identifies goes from the records of people that never stood for a provision and never will.
const sqlUnnameRecords = `UPDATE provision_record SET name = '', known = '', mark = ? WHERE contact_id IN (?...)
		AND (EXISTS (SELECT 1 FROM provision_run u WHERE u.id = provision_record.run_id AND u.state IN ('discarded', 'failed'))
			OR EXISTS (SELECT 1 FROM provision_left_out l WHERE l.run_id = provision_record.run_id
				AND l.contact_id = provision_record.contact_id AND NOT l.maybe))`

const sqlOwedOf = `SELECT recipient_id, run_id FROM provision_task WHERE contact_id IN (?...) AND workspace_id = ?`

const sqlStops = `SELECT programme_id, method, received_at, created_by FROM provision_stop
		WHERE workspace_id = ? AND programme_id IN (0, ?) AND method <> 'person' ORDER BY received_at DESC, id DESC LIMIT ?`

const sqlCountStops = `SELECT COUNT(*) FROM provision_stop WHERE workspace_id = ? AND programme_id IN (0, ?) AND method <> 'person'`
