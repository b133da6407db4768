package provision

const (
	wordColumns = `id, programme_id, contact_id, recipient_id, given, abroad, version, happened_at, evidence, created_at, created_by`
	sqlWords    = `SELECT ` + wordColumns + ` FROM provision_consent WHERE programme_id = ? AND workspace_id = ? AND id < ? ORDER BY id DESC LIMIT ?`
	// of one programme, what some people said
	sqlWordsAmong = `SELECT ` + wordColumns + ` FROM provision_consent WHERE programme_id = ? AND contact_id IN (?...)`
	sqlWordsOf    = `SELECT ` + wordColumns + ` FROM provision_consent WHERE contact_id IN (?...) AND workspace_id = ? ORDER BY ` + saidAt + ` DESC, given, id DESC`

	// When a word counts. A withdrawal of which nobody noted the time of day counts from the end of its day (in Japan)
	// on: on one day it outweighs a consent, whichever was written down first. Of one moment it does so too.
	saidAt = `happened_at + CASE WHEN NOT given AND (happened_at + 32400000000) % 86400000000 = 0 THEN 86399999999 ELSE 0 END`

	// A consent stands until a later word withdraws it, for its recipient or for everybody. Words follow their person
	// through every merge.
	sqlConsented = `WITH RECURSIVE moved (id, person) AS (
			SELECT id, merged_into FROM contact WHERE merged_into <> 0
		UNION ALL SELECT m.id, c.merged_into FROM moved m JOIN contact c ON c.id = m.person WHERE c.merged_into <> 0),
		yes (person, recipient_id, at, id) AS (
			SELECT contact_id, recipient_id, happened_at, id FROM provision_consent WHERE programme_id = ? AND given
				AND (version IN (?...) OR version = 0 AND happened_at >= ?)
		UNION ALL SELECT m.person, w.recipient_id, w.happened_at, w.id FROM moved m JOIN provision_consent w
			ON w.programme_id = ? AND w.contact_id = m.id AND w.given
			AND (w.version IN (?...) OR w.version = 0 AND w.happened_at >= ?)),
		no (person, recipient_id, at, id) AS (
			SELECT contact_id, recipient_id, ` + saidAt + `, id FROM provision_consent WHERE programme_id = ? AND NOT given
		UNION ALL SELECT m.person, w.recipient_id, ` + saidAt + `, w.id FROM moved m JOIN provision_consent w
			ON w.programme_id = ? AND w.contact_id = m.id AND NOT w.given)
		SELECT COUNT(*) FROM contact c WHERE c.merged_into = 0 AND c.erased_at = 0 AND c.id IN (
			SELECT y.person FROM yes y LEFT JOIN no n ON n.person = y.person AND n.recipient_id IN (0, y.recipient_id)
				AND n.at >= y.at WHERE n.id IS NULL)`
)
