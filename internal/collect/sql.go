package collect

const (
	sqlHasAttribute = `SELECT COUNT(*) FROM attribute WHERE workspace_id = ? AND key = ?`

	sqlForms = `SELECT f.id, f.workspace_id, f.slug, f.name, f.preset, f.version_id,
		COALESCE((SELECT v.id FROM form_version v WHERE v.form_id = f.id ORDER BY v.version DESC LIMIT 1), 0),
		f.published_at, f.archived_at, f.created_at, f.updated_at FROM form f
		WHERE f.workspace_id = ? AND (f.archived_at = 0 OR ?) ORDER BY f.id DESC LIMIT 500`
	sqlForm = `SELECT f.id, f.workspace_id, f.slug, f.name, f.preset, f.version_id,
		COALESCE((SELECT v.id FROM form_version v WHERE v.form_id = f.id ORDER BY v.version DESC LIMIT 1), 0),
		f.published_at, f.archived_at, f.created_at, f.updated_at FROM form f WHERE f.id = ? AND f.workspace_id = ?`
	sqlFormBySlug = `SELECT f.id, f.workspace_id, f.slug, f.name, f.preset, f.version_id,
		COALESCE((SELECT v.id FROM form_version v WHERE v.form_id = f.id ORDER BY v.version DESC LIMIT 1), 0),
		f.published_at, f.archived_at, f.created_at, f.updated_at FROM form f WHERE f.slug = ?`
	sqlFormOfVersion = `SELECT f.id, f.workspace_id, f.slug, f.name, f.preset, f.version_id, f.version_id,
		f.published_at, f.archived_at, f.created_at, f.updated_at
		FROM form f JOIN form_version v ON v.form_id = f.id WHERE v.id = ?`

	sqlVersions = `SELECT v.id, v.form_id, v.version, v.spec, v.hash, v.created_at, v.created_by
		FROM form_version v JOIN form f ON f.id = v.form_id
		WHERE v.form_id = ? AND f.workspace_id = ? ORDER BY v.version DESC LIMIT 100`
	sqlVersion = `SELECT v.id, v.form_id, v.version, v.spec, v.hash, v.created_at, v.created_by
		FROM form_version v JOIN form f ON f.id = v.form_id WHERE v.id = ? AND f.workspace_id = ?`
	sqlVersionsByID = `SELECT v.id, v.form_id, v.version, v.spec, v.hash, v.created_at, v.created_by
		FROM form_version v WHERE v.id IN (?...)`

	sqlAddForm    = `INSERT INTO form (id, workspace_id, slug, name, preset, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)`
	sqlAddVersion = `INSERT INTO form_version (id, form_id, version, spec, hash, created_at, created_by)
		VALUES (?, ?, (SELECT COALESCE(MAX(version), 0) + 1 FROM form_version WHERE form_id = ?), ?, ?, ?, ?)`
	sqlTouchForm   = `UPDATE form SET updated_at = ? WHERE id = ? AND workspace_id = ? AND updated_at = ?`
	sqlPublishForm = `UPDATE form SET version_id = ?, published_at = ? WHERE id = ?`
	sqlArchiveForm = `UPDATE form SET archived_at = ? WHERE id = ?`

	sqlAddSignup = `INSERT INTO signup (id, workspace_id, form_id, form_version_id, address_id, lang, entry, topics,
		network, page, created_at, expires_at, render, circumstances) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlSignup = `SELECT id, workspace_id, form_id, form_version_id, address_id, lang, entry, topics, network, page,
		created_at, expires_at, mails, confirmed_at, disowned_at, circumstances, message_id
		FROM signup WHERE id = ? AND workspace_id = ?`
	sqlHoldSignup = sqlSignup + ` /*hold*/`
	sqlSignups    = `SELECT id, workspace_id, form_id, form_version_id, address_id, lang, entry, topics, network, page,
		created_at, expires_at, mails, confirmed_at, disowned_at, circumstances, message_id
		FROM signup WHERE id IN (?...)`
	sqlSignupOfRender = `SELECT id FROM signup WHERE address_id = ? AND render = ?`
	sqlEntries        = `SELECT id, workspace_id, form_id, form_version_id, address_id, lang, entry, topics, network, page,
		created_at, expires_at, mails, confirmed_at, disowned_at, circumstances, message_id
		FROM signup WHERE form_id = ? AND workspace_id = ? AND id < ? ORDER BY id DESC LIMIT ?`

	sqlSetAsks    = `UPDATE signup SET topics = ? WHERE id = ?`
	sqlMailed     = `UPDATE signup SET mails = mails + 1, message_id = ?, expires_at = ? WHERE id = ?`
	sqlConfirm    = `UPDATE signup SET confirmed_at = ? WHERE id = ? AND confirmed_at = 0 AND disowned_at = 0`
	sqlDisown     = `UPDATE signup SET disowned_at = ?, entry = '{}', circumstances = '{}', network = '', page = '' WHERE id = ? AND disowned_at = 0`
	sqlEndRequest = `UPDATE signup SET expires_at = ? WHERE id = ? AND confirmed_at = 0 AND expires_at > ?`
	sqlForget     = `UPDATE signup SET entry = '{}', circumstances = '{}', network = '', page = '' WHERE address_id IN (?...)`
	// Held, so that what is just being mailed once more is waited for, and left out.
	sqlLapsed = `SELECT s.id, s.workspace_id, s.address_id, s.topics, s.expires_at, (SELECT f.preset FROM form f WHERE f.id = s.form_id)
		FROM signup s WHERE s.confirmed_at = 0 AND s.expires_at <> 0 AND s.expires_at < ?
		ORDER BY s.expires_at, s.id LIMIT 200 /*hold*/`
	sqlLapse     = `UPDATE signup SET expires_at = 0, circumstances = '{}', network = '', page = '' WHERE id IN (?...)`
	sqlDropEntry = `UPDATE signup SET entry = '{}' WHERE id IN (?...)`

	// Addresses that only lapsed requests have left here: nobody's, without a permission,
	// an entry, a request that still waits, or a mail on its way.
	sqlLeftBehind = `SELECT a.id FROM address a WHERE a.id IN (?...) AND a.contact_id = 0 AND a.erased_at = 0
		AND NOT EXISTS (SELECT 1 FROM signup s WHERE s.address_id = a.id AND (s.confirmed_at <> 0 OR s.expires_at <> 0 OR s.entry <> '{}'))
		AND NOT EXISTS (SELECT 1 FROM consent_state c WHERE c.address_id = a.id AND (c.state = 'given' OR c.state = 'requested'))
		AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.address_id = a.id AND o.state <> 3)
		ORDER BY a.id /*hold*/`

	sqlMailsSince = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN created_at > ? THEN 1 ELSE 0 END), 0)
		FROM outbox WHERE address_id = ? AND kind = 'confirmation' AND created_at > ?`
	sqlDisownedSince = `SELECT COUNT(*) FROM signup WHERE address_id = ? AND disowned_at > ?`
	sqlRefused       = `SELECT COUNT(*) FROM suppression s JOIN address a ON a.workspace_id = s.workspace_id AND a.hash = s.address_hash
		WHERE a.id = ? AND s.lifted_at = 0 AND (s.kind = 'complaint' OR (s.kind = 'refusal' AND s.topic_id = 0))`
	sqlSentAt = `SELECT finished_at FROM outbox WHERE id = ?`

	sqlHold = `SELECT erased_at FROM address WHERE id = ? /*hold*/`

	sqlAddresses = `SELECT id, shown FROM address WHERE id IN (?...) AND erased_at = 0`
	sqlContactOf = `SELECT contact_id FROM address WHERE id = ?`

	sqlCount = `INSERT INTO form_day (form_id, day, shown, submitted, confirmed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (form_id, day) DO UPDATE SET shown = form_day.shown + excluded.shown,
		submitted = form_day.submitted + excluded.submitted, confirmed = form_day.confirmed + excluded.confirmed`
	sqlDays = `SELECT d.day, d.shown, d.submitted, d.confirmed FROM form_day d JOIN form f ON f.id = d.form_id
		WHERE d.form_id = ? AND f.workspace_id = ? AND d.day >= ? ORDER BY d.day`
	sqlTotals = `SELECT d.form_id, CAST(SUM(d.shown) AS BIGINT), CAST(SUM(d.submitted) AS BIGINT), CAST(SUM(d.confirmed) AS BIGINT)
		FROM form_day d JOIN form f ON f.id = d.form_id WHERE f.workspace_id = ? AND d.day >= ? GROUP BY d.form_id`

	// What a company shows and keeps besides its forms.
	sqlSite = `SELECT w.mail_order, w.privacy_url, (SELECT COUNT(*) FROM complaint c WHERE c.workspace_id = w.id
		AND c.owner_id = 0 AND c.closed_at = 0) FROM workspace w WHERE w.id = ?`
	sqlTransmission     = `SELECT scope, opt_out, points, published_at FROM transmission WHERE workspace_id = ?`
	sqlSaveTransmission = `INSERT INTO transmission (workspace_id, scope, opt_out, points, published_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id) DO UPDATE SET scope = excluded.scope, opt_out = excluded.opt_out,
		points = excluded.points, published_at = excluded.published_at, updated_at = excluded.updated_at`
	sqlTags = `SELECT id, name, party, content_ja, content_en, purpose_ja, purpose_en FROM transmission_tag
		WHERE workspace_id = ? ORDER BY id`
	sqlDropTags = `DELETE FROM transmission_tag WHERE workspace_id = ?`
	sqlAddTags  = `INSERT INTO transmission_tag (id, workspace_id, name, party, content_ja, content_en, purpose_ja, purpose_en,
		created_at) VALUES`
	tagWidth      = 9
	sqlNoticeSlug = `SELECT w.slug FROM transmission t JOIN workspace w ON w.id = t.workspace_id
		WHERE t.workspace_id = ? AND t.published_at <> 0`

	sqlAddComplaint    = `INSERT INTO complaint (id, workspace_id, via, body, owner_id, received_at) VALUES (?, ?, ?, ?, ?, ?)`
	sqlSettleComplaint = `UPDATE complaint SET owner_id = ?, outcome = ?, closed_at = ? WHERE id = ? AND workspace_id = ?
		AND closed_at = 0`
	sqlComplaints = `SELECT id, via, body, owner_id, outcome, received_at, closed_at FROM complaint WHERE workspace_id = ?
		ORDER BY id DESC LIMIT 200`
)
