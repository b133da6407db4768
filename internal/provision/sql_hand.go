package provision

// The statements that ask, when a data set leaves, who may no longer be in it. Each is of everybody
// who became one person by merges, before and after the data set was written: up to who is left, and
// down to all who were merged into them.
const (
	// What was said counts by the day on which it was said, not by when it was written down.
	sqlWithdrawn = `WITH RECURSIVE word (at, id) AS (
			SELECT ` + saidAt + `, w.contact_id FROM provision_consent w WHERE w.programme_id = ? AND w.recipient_id IN (0, ?) AND NOT w.given
		UNION SELECT w.at, c.merged_into FROM word w JOIN contact c ON c.id = w.id WHERE c.merged_into <> 0),
		kin (at, id) AS (SELECT w.at, w.id FROM word w
		UNION SELECT k.at, c.id FROM kin k JOIN contact c ON c.merged_into = k.id AND c.merged_into <> 0)
		SELECT r.contact_id, r.piece, '' FROM kin w JOIN provision_record r ON r.run_id = ? AND r.contact_id = w.id
		LEFT JOIN provision_consent k ON k.id = r.consent_id
		WHERE w.at >= COALESCE(k.happened_at, 0)`

	// The people of a data set whom the law of the United States may protect, with the addresses that they have now: a
	// row for each. What says so is what law.Nexus goes by, the country and the mail address.
	sqlAmericansIn = `WITH RECURSIVE kin (id, now) AS (
			SELECT c.id, c.id FROM contact c WHERE c.workspace_id = ? AND c.country = 'US' AND c.merged_into = 0 AND c.erased_at = 0
		UNION SELECT c.id, c.id FROM address a JOIN contact c ON c.id = a.contact_id
			WHERE a.workspace_id = ? AND a.contact_id <> 0 AND a.channel = 'email' AND a.domain LIKE '%.us' AND c.merged_into = 0 AND c.erased_at = 0
		UNION SELECT c.id, k.now FROM kin k JOIN contact c ON c.merged_into = k.id AND c.merged_into <> 0)
		SELECT r.contact_id, r.piece, c.country, a.channel, a.shown, a.domain, a.hash FROM kin k
		JOIN provision_record r ON r.run_id = ? AND r.contact_id = k.id JOIN contact c ON c.id = k.now
		JOIN address a ON a.contact_id = c.id AND a.contact_id <> 0 ORDER BY r.contact_id, a.id`

	// How an attempt ended that a later one called cut off while it was still read; that it was read after all
	// overrules that nothing arrived.
	sqlEndLate = `UPDATE provision_attempt SET ended_at = ?, outcome = ?, detail = ? WHERE run_id = ? AND n = ? AND outcome = 'uncertain'
		AND detail = 'provision.attempt.cut_off'`
	sqlReadAfterAll = `UPDATE provision_run SET state = 'uncertain', error = ?, updated_at = ? WHERE id = ? AND state = 'not_provided'`

	sqlRecount = `UPDATE provision_run SET state = 'counting', preview = '{}', counts = '{}', job_id = ?, updated_at = ? WHERE id = ? AND state = 'planned'`

	// What waits since a time, for an approval or to be handed over.
	sqlWaiting = `SELECT workspace_id, id FROM provision_run WHERE state IN ('planned', 'prepared') AND created_at <= ? ORDER BY id`
	sqlLapse   = `UPDATE provision_run SET state = 'discarded', preview = '{}', error = ?, updated_at = ? WHERE id = ? AND state IN ('planned', 'prepared')`
)
