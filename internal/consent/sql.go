package consent

const (
	// The address rows of a batch, held until the commit so that two appends about
	// one address take turns. The columns are the address's identity in the log.
	sqlHoldAddresses = `SELECT id, workspace_id, contact_id, channel, hash FROM address
		WHERE id IN (?...) ORDER BY id /*hold*/`

	sqlLastEvent = `SELECT COALESCE(MAX(id), 0) FROM consent_event WHERE address_id IN (?...)`

	sqlAddEvents = `INSERT INTO consent_event (id, workspace_id, contact_id, address_id, channel, topic_id, action,
		basis, method, occurred_at, received_at, valid_until, frequency_count, frequency_period, paused_until,
		refers_to, operator_id, grade, commitment) VALUES`

	sqlAddEvidence = `INSERT INTO consent_evidence (event_id, salt, record) VALUES`

	sqlAddPending = `INSERT INTO consent_pending (event_id, workspace_id) VALUES`

	sqlStates = `SELECT address_id, topic_id, workspace_id, contact_id, state, basis, grade, event_id, own_event,
		since, valid_until, frequency_count, frequency_period, paused_until
		FROM consent_state WHERE address_id IN (?...) ORDER BY address_id, topic_id`

	sqlPutStates = `INSERT INTO consent_state (address_id, topic_id, workspace_id, contact_id, state, basis, grade,
		event_id, own_event, since, person_kind, ground_kind, ground_at,
		valid_until, frequency_count, frequency_period, paused_until) VALUES`
	// The same for those who chose nothing: nearly all rows of an import.
	sqlPutPlain = `INSERT INTO consent_state (address_id, topic_id, workspace_id, contact_id, state, basis, grade,
		event_id, own_event, since, person_kind, ground_kind, ground_at) VALUES`
	// The person's kind is the triggers' and SortKinds' once the row is there.
	sqlPutStatesTail = `ON CONFLICT (address_id, topic_id) DO UPDATE SET workspace_id = excluded.workspace_id,
		contact_id = excluded.contact_id, state = excluded.state, basis = excluded.basis, grade = excluded.grade,
		event_id = excluded.event_id, own_event = excluded.own_event, since = excluded.since,
		valid_until = excluded.valid_until, frequency_count = excluded.frequency_count,
		frequency_period = excluded.frequency_period, paused_until = excluded.paused_until,
		ground_kind = excluded.ground_kind, ground_at = excluded.ground_at`

	sqlAddRefusals = `INSERT INTO suppression (id, workspace_id, channel, address_hash, kind, topic_id, event_id,
		source, operator_id, created_at) VALUES`
	// A repeated refusal keeps its first date but counts from its last event.
	sqlAddRefusalsTail = `ON CONFLICT (workspace_id, address_hash, kind, topic_id) WHERE lifted_at = 0
		DO UPDATE SET event_id = excluded.event_id, expires_at = 0`

	sqlAddSuppression = `INSERT INTO suppression (id, workspace_id, channel, address_hash, kind, topic_id, event_id,
		source, detail, operator_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace_id, address_hash, kind, topic_id) WHERE lifted_at = 0 DO UPDATE SET
		detail = excluded.detail, expires_at = CASE
			WHEN suppression.expires_at = 0 OR excluded.expires_at = 0 THEN 0
			WHEN suppression.expires_at > excluded.expires_at THEN suppression.expires_at
			ELSE excluded.expires_at END`

	sqlLift = `UPDATE suppression SET lifted_at = ?, lifted_event = ? WHERE id = ? AND lifted_at = 0`

	sqlLiveRefusals = `SELECT id, workspace_id, channel, address_hash, kind, topic_id, event_id, source, detail,
		operator_id, created_at, expires_at, lifted_at, lifted_event FROM suppression
		WHERE workspace_id = ? AND address_hash IN (?...) AND lifted_at = 0 AND kind IN ('refusal', 'complaint')`

	sqlLive = `SELECT id, workspace_id, channel, address_hash, kind, topic_id, event_id, source, detail,
		operator_id, created_at, expires_at, lifted_at, lifted_event FROM suppression
		WHERE workspace_id = ? AND address_hash IN (?...) AND lifted_at = 0`

	sqlSuppressions = `SELECT id, workspace_id, channel, address_hash, kind, topic_id, event_id, source, detail,
		operator_id, created_at, expires_at, lifted_at, lifted_event FROM suppression
		WHERE workspace_id = ? AND id < ? AND (? OR address_hash = ?) AND (? = '' OR kind = ?)
		AND (CAST(? AS BIGINT) = 0 OR topic_id = ?) AND (? OR lifted_at = 0) ORDER BY id DESC LIMIT ?`

	sqlSuppressionByID = `SELECT id, workspace_id, channel, address_hash, kind, topic_id, event_id, source, detail,
		operator_id, created_at, expires_at, lifted_at, lifted_event FROM suppression
		WHERE workspace_id = ? AND id = ?`

	sqlSuppressionCounts = `SELECT kind, COUNT(*) FROM suppression
		WHERE workspace_id = ? AND lifted_at = 0 GROUP BY kind`

	sqlSuppressed = `SELECT DISTINCT address_hash FROM suppression
		WHERE workspace_id = ? AND address_hash IN (?...) AND lifted_at = 0 AND expires_at = 0`

	sqlFeedHead = `SELECT COALESCE(MAX(seq), 0) FROM refusal_feed`

	sqlAddFeed = `INSERT INTO refusal_feed (workspace_id, address_hash, topic_id, event_id, lifted, at) VALUES`

	sqlFeed = `SELECT seq, workspace_id, address_hash, topic_id, event_id, at FROM refusal_feed
		WHERE seq > ? AND NOT lifted ORDER BY seq`

	sqlEntries = `SELECT e.id, e.workspace_id, e.contact_id, e.address_id, e.channel, e.topic_id, e.action, e.basis,
		e.method, e.occurred_at, e.received_at, e.valid_until, e.frequency_count, e.frequency_period, e.paused_until,
		e.refers_to, e.operator_id, e.grade, e.commitment, a.hash, v.salt, COALESCE(v.record, ''),
		COALESCE(l.seq, -1)
		FROM consent_event e LEFT JOIN address a ON a.id = e.address_id
		LEFT JOIN consent_evidence v ON v.event_id = e.id LEFT JOIN consent_leaf l ON l.event_id = e.id
		WHERE e.address_id IN (?...) AND e.workspace_id = ? AND e.id > ? ORDER BY e.id LIMIT 500`

	sqlEntry = `SELECT e.id, e.workspace_id, e.contact_id, e.address_id, e.channel, e.topic_id, e.action, e.basis,
		e.method, e.occurred_at, e.received_at, e.valid_until, e.frequency_count, e.frequency_period, e.paused_until,
		e.refers_to, e.operator_id, e.grade, e.commitment, a.hash, v.salt, COALESCE(v.record, ''),
		COALESCE(l.seq, -1)
		FROM consent_event e LEFT JOIN address a ON a.id = e.address_id
		LEFT JOIN consent_evidence v ON v.event_id = e.id LEFT JOIN consent_leaf l ON l.event_id = e.id
		WHERE e.id = ? AND e.workspace_id = ?`

	sqlAddressesOf = `SELECT id FROM address WHERE contact_id = ? AND workspace_id = ? ORDER BY id`

	sqlHashes = `SELECT id, hash, erased_at FROM address WHERE id IN (?...) AND +workspace_id = ?`

	sqlAnyPending = `SELECT EXISTS (SELECT 1 FROM consent_pending)`

	sqlPending = `SELECT p.event_id, p.workspace_id, e.commitment FROM consent_pending p
		JOIN consent_event e ON e.id = p.event_id ORDER BY p.event_id LIMIT ?`

	// Between the first and the last of a round stand only its own and such as another
	// node has committed since, which have no leaf yet.
	sqlDone = `DELETE FROM consent_pending WHERE event_id >= ? AND event_id <= ?
		AND EXISTS (SELECT 1 FROM consent_leaf l WHERE l.event_id = consent_pending.event_id)`

	sqlAddTopic = `INSERT INTO topic (id, workspace_id, key, name_ja, name_en, content_ja, content_en, promised_count,
		promised_period, double_opt_in, public, sender_profile_id, created_at, archived_at) VALUES
		(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`

	sqlEditTopic = `UPDATE topic SET name_ja = ?, name_en = ?, content_ja = ?, content_en = ?, promised_count = ?,
		promised_period = ?, double_opt_in = ?, public = ?, sender_profile_id = ? WHERE id = ? AND workspace_id = ?`

	sqlArchiveTopic = `UPDATE topic SET archived_at = ? WHERE id = ? AND workspace_id = ? AND archived_at = 0`

	sqlTopics = `SELECT id, workspace_id, key, name_ja, name_en, content_ja, content_en, promised_count, promised_period,
		double_opt_in, public, sender_profile_id, created_at, archived_at FROM topic
		WHERE workspace_id = ? AND (archived_at = 0 OR ?) ORDER BY id`

	sqlTopic = `SELECT id, workspace_id, key, name_ja, name_en, content_ja, content_en, promised_count, promised_period,
		double_opt_in, public, sender_profile_id, created_at, archived_at FROM topic WHERE workspace_id = ? AND id = ?`

	sqlHoldTopic = sqlTopic + ` /*hold*/`

	sqlTopicByKey = `SELECT id, workspace_id, key, name_ja, name_en, content_ja, content_en, promised_count,
		promised_period, double_opt_in, public, sender_profile_id, created_at, archived_at
		FROM topic WHERE workspace_id = ? AND key = ?`

	sqlTopicCounts = `SELECT topic_id, state, COUNT(*) FROM consent_state
		WHERE workspace_id = ? AND topic_id <> 0 AND state <> '' GROUP BY topic_id, state`

	sqlAddWording = `INSERT INTO wording (id, workspace_id, kind, key, version, text_ja, text_en, hash, created_at,
		created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	sqlWording = `SELECT id, workspace_id, kind, key, version, text_ja, text_en, hash, created_at, created_by
		FROM wording WHERE workspace_id = ? AND kind = ? AND key = ? ORDER BY version DESC LIMIT 1`

	sqlWordingVersion = `SELECT id, workspace_id, kind, key, version, text_ja, text_en, hash, created_at, created_by
		FROM wording WHERE workspace_id = ? AND kind = ? AND key = ? AND version = ?`

	sqlWordingVersions = `SELECT id, workspace_id, kind, key, version, text_ja, text_en, hash, created_at, created_by
		FROM wording WHERE workspace_id = ? AND kind = ? AND key = ? ORDER BY version DESC`

	sqlWordings = `SELECT w.id, w.workspace_id, w.kind, w.key, w.version, w.text_ja, w.text_en, w.hash, w.created_at,
		w.created_by FROM wording w WHERE w.workspace_id = ? AND w.version = (SELECT MAX(o.version) FROM wording o
		WHERE o.workspace_id = w.workspace_id AND o.kind = w.kind AND o.key = w.key) ORDER BY w.kind, w.key`

	sqlKeepShown = `INSERT INTO shown (workspace_id, hash, kind, lang, form_version_id, body, first_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, hash) DO NOTHING`

	sqlShown = `SELECT hash, kind, lang, form_version_id, body, first_at FROM shown WHERE workspace_id = ? AND hash = ?`

	sqlHoldJoined = `SELECT id, workspace_id, contact_id, channel FROM address
		WHERE contact_id IN (?...) ORDER BY id /*hold*/`

	sqlDestroyEvidence = `DELETE FROM consent_evidence WHERE event_id IN
		(SELECT id FROM consent_event WHERE address_id IN (?...))`

	// Of an address that came back, what was said before it was last erased.
	sqlDestroyErasedEvidence = `DELETE FROM consent_evidence WHERE event_id IN
		(SELECT e.id FROM consent_event e WHERE e.address_id IN (?...) AND e.id <=
			(SELECT MAX(x.id) FROM consent_event x WHERE x.address_id = e.address_id AND x.action = 'erased'))`

	sqlDestroyErasedBasis = `DELETE FROM consent_basis WHERE event_id IN
		(SELECT e.id FROM consent_event e WHERE e.address_id IN (?...) AND e.id <=
			(SELECT MAX(x.id) FROM consent_event x WHERE x.address_id = e.address_id AND x.action = 'erased'))`

	sqlDestroyUnneeded = `DELETE FROM consent_evidence WHERE event_id IN
		(SELECT id FROM consent_event WHERE address_id IN (?...)
		AND action IN ('paused', 'resumed', 'frequency_changed', 'expired', 'merged'))`

	sqlDestroyBasis = `DELETE FROM consent_basis WHERE event_id IN
		(SELECT id FROM consent_event WHERE address_id IN (?...))`

	sqlAddBasis = `INSERT INTO consent_basis (event_id, workspace_id, entity, counterparty, transaction_ref,
		last_transaction, written, document, received_by, ads_declined, page_url, page_captured, page_hash, page_refuses,
		in_business, express, casl, relevant_to_role, own_similar, refusal_offered, charity, double_opt_in) VALUES`

	sqlBases = `SELECT event_id, entity, counterparty, transaction_ref, last_transaction, written, document, received_by,
		ads_declined, page_url, page_captured, page_hash, page_refuses, in_business, express, casl, relevant_to_role,
		own_similar, refusal_offered, charity, double_opt_in FROM consent_basis WHERE event_id IN (?...)`

	sqlRebuildAddresses = `SELECT id, hash FROM address WHERE workspace_id = ? AND id > ?
		ORDER BY id LIMIT 200 /*hold*/`

	sqlReplay = `SELECT e.id, e.workspace_id, e.contact_id, e.address_id, e.channel, e.topic_id, e.action, e.basis,
		e.method, e.occurred_at, e.received_at, e.valid_until, e.frequency_count, e.frequency_period, e.paused_until,
		e.refers_to, e.operator_id, e.grade, e.commitment, NULL, NULL, '', -1
		FROM consent_event e WHERE e.address_id IN (?...) ORDER BY e.address_id, e.id`

	sqlDropState = `DELETE FROM consent_state WHERE address_id = ? AND topic_id = ?`

	sqlLeaves = `SELECT e.id, e.workspace_id, e.contact_id, e.address_id, e.channel, e.topic_id, e.action, e.basis,
		e.method, e.occurred_at, e.received_at, e.valid_until, e.frequency_count, e.frequency_period, e.paused_until,
		e.refers_to, e.operator_id, e.grade, e.commitment, NULL, v.salt, COALESCE(v.record, ''), l.seq
		FROM consent_leaf l JOIN consent_event e ON e.id = l.event_id
		LEFT JOIN consent_evidence v ON v.event_id = l.event_id
		WHERE l.workspace_id = ? AND l.seq >= ? AND l.seq < ? ORDER BY l.seq`

	sqlCheckpoints = `SELECT size, root, note, at FROM consent_checkpoint
		WHERE workspace_id = ? AND size > ? ORDER BY size LIMIT 500`

	// Counted in one statement, so that an append meanwhile cannot be miscounted.
	sqlUnlogged = `SELECT p.n, e.n - p.n - l.n FROM
		(SELECT COUNT(*) AS n FROM consent_pending WHERE workspace_id = ?) p,
		(SELECT COUNT(*) AS n FROM consent_event WHERE workspace_id = ?) e,
		(SELECT COUNT(*) AS n FROM consent_leaf WHERE workspace_id = ?) l`

	// What a pack says about sender and person is read where it stands.
	sqlPackSender = `SELECT legal_name, legal_name_en, postal_address, postal_address_en, phone, email, url, privacy_url,
		zone FROM workspace WHERE id = ?`

	sqlPackPerson = `SELECT family_name, given_name, display_name, company FROM contact WHERE id = ? AND workspace_id = ?`

	sqlPackAddresses = `SELECT id, channel, shown, hash FROM address WHERE contact_id = ? AND workspace_id = ? ORDER BY id`
)
