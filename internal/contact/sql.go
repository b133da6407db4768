package contact

const (
	contactColumns = `id, workspace_id, family_name, given_name, family_kana, given_kana, display_name, company,
		department, title, postal_code, prefecture, country, lang, attrs, created_at, updated_at, erased_at, merged_into`
	contactWidth = 18

	sqlGetContact     = `SELECT ` + contactColumns + ` FROM contact WHERE workspace_id = ? AND id = ?`
	sqlInsertContacts = `INSERT INTO contact (id, workspace_id, family_name, given_name, family_kana, given_kana,
		display_name, company, department, title, postal_code, prefecture, country, lang, attrs, search_key,
		created_at, updated_at) VALUES`
	sqlEditContact = `UPDATE contact SET family_name = ?, given_name = ?, family_kana = ?, given_kana = ?,
		display_name = ?, company = ?, department = ?, title = ?, postal_code = ?, prefecture = ?, country = ?,
		lang = ?, attrs = ?, search_key = ?, updated_at = ? WHERE workspace_id = ? AND id = ? AND updated_at = ?`

	addressColumns = `id, workspace_id, contact_id, channel, canonical, shown, domain, hash, created_at, erased_at`
	addressWidth   = 9

	sqlAddressByHash = `SELECT ` + addressColumns + ` FROM address WHERE workspace_id = ? AND hash = ?`
	// Erasing writes a line about every address, which stays whatever becomes of the address.
	sqlOwners = `SELECT contact_id FROM address WHERE workspace_id = ? AND hash = ? AND contact_id <> 0
		UNION SELECT e.contact_id FROM address a JOIN consent_event e ON e.address_id = a.id
		WHERE a.workspace_id = ? AND a.hash = ? AND e.action = 'erased' AND e.contact_id <> 0 ORDER BY 1`
	sqlSomeAddress     = `SELECT workspace_id, channel, canonical, hash FROM address WHERE erased_at = 0 ORDER BY id DESC LIMIT 1`
	sqlAddressByID     = `SELECT ` + addressColumns + ` FROM address WHERE workspace_id = ? AND id = ?`
	sqlHoldAddress     = sqlAddressByID + ` /*hold*/`
	sqlAddressesOf     = `SELECT ` + addressColumns + ` FROM address WHERE contact_id = ? AND workspace_id = ? AND contact_id <> 0 ORDER BY id`
	sqlInsertAddresses = `INSERT INTO address (id, workspace_id, contact_id, channel, canonical, shown, domain, hash,
		created_at) VALUES`
	sqlUnlessKnown   = `ON CONFLICT (workspace_id, hash) DO NOTHING`
	sqlReviveAddress = `UPDATE address SET contact_id = 0, canonical = ?, shown = ?, domain = ?, erased_at = 0 WHERE id = ? AND erased_at <> 0`
	sqlAttach        = `UPDATE address SET contact_id = ? WHERE id = ? AND contact_id IN (0, ?) AND erased_at = 0
		AND workspace_id = (SELECT workspace_id FROM contact WHERE id = ?)`
	sqlSetKey      = `UPDATE contact SET search_key = ? WHERE id = ?`
	sqlWorkspaceOf = `SELECT workspace_id FROM contact WHERE id = ?`

	attributeColumns   = `id, workspace_id, key, label_ja, label_en, kind, choices, use_ja, use_en, created_at, special`
	sqlListAttributes  = `SELECT ` + attributeColumns + ` FROM attribute WHERE workspace_id = ? ORDER BY key`
	sqlInsertAttribute = `INSERT INTO attribute (` + attributeColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlEditAttribute   = `UPDATE attribute SET label_ja = ?, label_en = ?, choices = ?, use_ja = ?, use_en = ?, special = ?
		WHERE workspace_id = ? AND id = ?`
	sqlHoldAttribute   = `SELECT key, special FROM attribute WHERE workspace_id = ? AND id = ? /*hold*/`
	sqlDropAttribute   = `DELETE FROM attribute WHERE workspace_id = ? AND id = ?`
	sqlRememberDropped = `INSERT INTO attribute_dropped (workspace_id, key, special, dropped_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (workspace_id, key) DO UPDATE SET special = excluded.special, dropped_at = excluded.dropped_at`
	sqlDroppedSpecial = `SELECT special FROM attribute_dropped WHERE workspace_id = ? AND key = ?`
	sqlApart          = `SELECT key, special, 0 FROM attribute WHERE workspace_id = ?
		UNION ALL SELECT d.key, d.special, 1 FROM attribute_dropped d WHERE d.workspace_id = ?
		AND NOT EXISTS (SELECT 1 FROM attribute a WHERE a.workspace_id = d.workspace_id AND a.key = d.key)`

	// The bulk statements of imports.
	// Held to the end of the batch, in the order of all who hold addresses: an erasure of
	// the person waits, or is seen here.
	// An address that was only forgotten (Book.Unname) counts as one without an owner.
	sqlKnownAddresses = `SELECT id, contact_id, hash, CASE WHEN erased_at = 0 THEN 0 WHEN contact_id <> 0 THEN 1
		WHEN EXISTS (SELECT 1 FROM consent_event e WHERE e.address_id = address.id AND e.action = 'erased') THEN 1 ELSE 0 END
		FROM address WHERE workspace_id = ? AND hash IN (?...) ORDER BY id /*hold*/`
	sqlContactsByID   = `SELECT ` + contactColumns + ` FROM contact WHERE workspace_id = ? AND id IN (?...) ORDER BY id /*hold*/`
	sqlAddressesOfAll = `SELECT ` + addressColumns + ` FROM address WHERE contact_id IN (?...) AND contact_id <> 0 ORDER BY id`
	sqlReplaceTexts   = `ON CONFLICT (id) DO UPDATE SET family_name = excluded.family_name, given_name = excluded.given_name,
		family_kana = excluded.family_kana, given_kana = excluded.given_kana, display_name = excluded.display_name,
		company = excluded.company, department = excluded.department, title = excluded.title,
		postal_code = excluded.postal_code, prefecture = excluded.prefecture, country = excluded.country,
		lang = excluded.lang, attrs = excluded.attrs, search_key = excluded.search_key,
		updated_at = excluded.updated_at`
	sqlAttachMany = `ON CONFLICT (id) DO UPDATE SET contact_id = excluded.contact_id, canonical = excluded.canonical,
		shown = CASE WHEN address.erased_at = 0 THEN address.shown ELSE excluded.shown END, domain = excluded.domain, erased_at = 0`

	// Of people without an address. Held as addresses are.
	likenessWidth      = 3
	sqlLikenessOwner   = `SELECT contact_id FROM contact_likeness WHERE workspace_id = ? AND hash = ?`
	sqlKnownLikenesses = `SELECT hash, contact_id FROM contact_likeness WHERE workspace_id = ? AND hash IN (?...) ORDER BY hash /*hold*/`
	sqlInsertLikeness  = `INSERT INTO contact_likeness (workspace_id, hash, contact_id) VALUES`
	sqlUnlessAlike     = `ON CONFLICT (workspace_id, hash) DO NOTHING`
	sqlMoveLikeness    = `UPDATE contact_likeness SET contact_id = ? WHERE contact_id = ?`
	sqlDropLikeness    = `DELETE FROM contact_likeness WHERE contact_id = ?`

	sqlNameReceived = `INSERT INTO import_receipt_person (job_id, contact_id) VALUES`
	sqlUnlessNamed  = `ON CONFLICT (job_id, contact_id) DO NOTHING`
	sqlAddReceipt   = `INSERT INTO import_receipt (job_id, workspace_id, origin, provider, provider_address, representative,
		acquisition, evidence, items, file, file_hash, received_at, published_at, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	receiptColumns    = `job_id, origin, provider, provider_address, representative, acquisition, evidence, items, file, received_at, published_at, created_at`
	receiptOrder      = ` ORDER BY created_at DESC, job_id DESC LIMIT 500`
	sqlReceipts       = `SELECT ` + receiptColumns + ` FROM import_receipt WHERE workspace_id = ?` + receiptOrder
	sqlReceiptsNaming = `SELECT ` + receiptColumns + ` FROM import_receipt WHERE workspace_id = ?
		AND job_id IN (SELECT job_id FROM import_receipt_person WHERE contact_id IN (?...))` + receiptOrder

	// Search looks for up to three words, each folded and in Latin letters; a blank
	// pattern is '%'. The statements with consent are for those with a state.
	searchWhere = ` FROM contact c WHERE c.workspace_id = ? AND c.id < ? AND c.erased_at = 0 AND c.merged_into = 0
		AND (c.search_key LIKE ? ESCAPE '\' OR c.search_key LIKE ? ESCAPE '\')
		AND (c.search_key LIKE ? ESCAPE '\' OR c.search_key LIKE ? ESCAPE '\')
		AND (c.search_key LIKE ? ESCAPE '\' OR c.search_key LIKE ? ESCAPE '\')`
	searchState = ` AND EXISTS (SELECT 1 FROM consent_state s WHERE s.contact_id = c.id AND s.contact_id <> 0
		AND (s.topic_id = CAST(? AS BIGINT) OR CAST(? AS BIGINT) = 0) AND (s.state = ? OR ? = '')
		AND (s.basis = ? OR ? = '') AND (s.grade = ? OR ? = ''))`
	sqlSearch        = `SELECT ` + contactColumns + searchWhere + ` ORDER BY c.id DESC LIMIT ?`
	sqlSearchByState = `SELECT ` + contactColumns + searchWhere + searchState + ` ORDER BY c.id DESC LIMIT ?`
	sqlCount         = `SELECT COUNT(*)` + searchWhere
	sqlCountByState  = `SELECT COUNT(*)` + searchWhere + searchState

	sqlMoveAddresses = `UPDATE address SET contact_id = ? WHERE workspace_id = ? AND contact_id = ?`
	sqlMoveNotes     = `UPDATE note SET contact_id = ? WHERE contact_id = ?`
	// What identifies goes; the row stays, for the log speaks of its id.
	sqlEmptyContact = `UPDATE contact SET family_name = '', given_name = '', family_kana = '', given_kana = '',
		display_name = '', company = '', department = '', title = '', postal_code = '', prefecture = '', country = '',
		lang = '', attrs = '{}', search_key = '', updated_at = ?, erased_at = ?, merged_into = ?
		WHERE workspace_id = ? AND id = ?`
	sqlHoldAddresses  = `SELECT id FROM address WHERE contact_id IN (?...) AND workspace_id = ? AND contact_id <> 0 ORDER BY id /*hold*/`
	sqlHoldContacts   = `SELECT id FROM contact WHERE id IN (?...) AND workspace_id = ? ORDER BY id /*hold*/`
	sqlEmptyAddresses = `UPDATE address SET canonical = '', shown = '', domain = '', erased_at = ?
		WHERE workspace_id = ? AND contact_id = ?`
	sqlUnname = `UPDATE address SET canonical = '', shown = '', domain = '', erased_at = ?
		WHERE id IN (?...) AND contact_id = 0 AND erased_at = 0`
	sqlDropNotes  = `DELETE FROM note WHERE contact_id = ?`
	sqlInsertNote = `INSERT INTO note (id, workspace_id, contact_id, at, operator_id, body) VALUES (?, ?, ?, ?, ?, ?)`
	sqlListNotes  = `SELECT id, contact_id, operator_id, at, body FROM note WHERE workspace_id = ? AND contact_id = ?
		ORDER BY id DESC LIMIT ?`
	sqlDropNote = `DELETE FROM note WHERE workspace_id = ? AND id = ?`

	memberColumns = `a.id, a.contact_id, a.domain, a.hash, c.attrs`
	memberWhere   = ` AND c.erased_at = 0 AND c.merged_into = 0 AND (c.prefecture = ? OR ? = '')
		AND c.company LIKE ? ESCAPE '\' AND c.created_at >= ?
		AND (CAST(? AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM consent_state t
			WHERE t.address_id = a.id AND t.topic_id = CAST(? AS BIGINT) AND t.state = 'given'))
		AND (? = '' OR EXISTS (SELECT 1 FROM consent_state e WHERE e.address_id = a.id AND e.state = 'given' AND e.grade = ?
			AND (CAST(? AS BIGINT) = 0 OR e.topic_id = CAST(? AS BIGINT))))`
	sqlMembers = `SELECT ` + memberColumns + ` FROM address a JOIN contact c ON c.id = a.contact_id
		WHERE a.workspace_id = ? AND a.id > ? AND a.contact_id <> 0 AND a.channel = ?` + memberWhere + ` ORDER BY a.id LIMIT ?`
	// One state at a time: that is the order of the index consent_state_topic.
	sqlAudience = `SELECT s.state, s.basis, s.grade, s.event_id, s.since, s.valid_until, s.frequency_count, s.frequency_period,
		s.paused_until, ` + memberColumns + ` FROM consent_state s JOIN address a ON a.id = s.address_id
		JOIN contact c ON c.id = a.contact_id
		WHERE s.workspace_id = ? AND s.topic_id = ? AND s.state = ? AND s.address_id > ? AND a.channel = ?` +
		memberWhere + ` ORDER BY s.address_id LIMIT ?`

	// People are read whole, for provision; memberWhere with the person's consent instead of an address's.
	sqlPeople = `SELECT ` + contactColumns + `, origin FROM contact c WHERE c.workspace_id = ? AND c.id > ? AND c.erased_at = 0
		AND c.merged_into = 0 AND (c.prefecture = ? OR ? = '') AND c.company LIKE ? ESCAPE '\' AND c.created_at >= ?
		AND (CAST(? AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM consent_state t
			WHERE t.contact_id = c.id AND t.contact_id <> 0 AND t.topic_id = CAST(? AS BIGINT) AND t.state = 'given'))
		AND (? = '' OR EXISTS (SELECT 1 FROM consent_state e WHERE e.contact_id = c.id AND e.contact_id <> 0 AND e.state = 'given'
			AND e.grade = ? AND (CAST(? AS BIGINT) = 0 OR e.topic_id = CAST(? AS BIGINT)))) ORDER BY c.id LIMIT ?`
	sqlPeopleAddresses = `SELECT contact_id, channel, shown, domain, hash FROM address
		WHERE contact_id IN (?...) AND contact_id <> 0 ORDER BY contact_id, id`
	sqlMergedInto = `SELECT id, merged_into FROM contact WHERE merged_into IN (?...) AND merged_into <> 0`
	sqlHashesOf   = `SELECT hash FROM address WHERE contact_id IN (?...) AND contact_id <> 0 AND workspace_id = ? ORDER BY id`
	sqlFlag       = `UPDATE contact SET origin = origin | ? WHERE workspace_id = ? AND id IN (?...)`
	sqlFlagJoined = `UPDATE contact SET origin = origin | ? WHERE workspace_id = ? AND id IN
		(SELECT f.merged_into FROM contact f WHERE f.id IN (?...) AND f.merged_into <> 0)`
	sqlUnflag   = `UPDATE contact SET origin = origin & ? WHERE workspace_id = ? AND id = ?`
	sqlOriginOf = `SELECT origin FROM contact WHERE workspace_id = ? AND id = ?`
	sqlFlagFrom = `UPDATE contact SET origin = origin | (SELECT f.origin FROM contact f WHERE f.id = ?) WHERE id = ?`
	sqlLiving   = `WITH RECURSIVE up (id) AS (SELECT c.id FROM contact c WHERE c.id = ?
		UNION SELECT c.merged_into FROM up u JOIN contact c ON c.id = u.id WHERE c.merged_into <> 0)
		SELECT c.id FROM up u JOIN contact c ON c.id = u.id WHERE c.merged_into = 0`

	sqlFlagged = `SELECT COUNT(*) FROM (SELECT 1 AS one FROM contact WHERE workspace_id = ? AND origin <> 0 LIMIT 1) x`
	sqlExport  = `SELECT ` + contactColumns + `, origin FROM contact WHERE workspace_id = ? AND id > ? AND erased_at = 0
		AND merged_into = 0 ORDER BY id LIMIT ?`
)
