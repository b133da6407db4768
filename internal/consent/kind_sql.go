package consent

const (
	// The condition of the index consent_state_unsorted, to the letter.
	isUnsorted  = `(person_kind = 0 OR ground_kind = 0)`
	sqlUnsorted = `SELECT DISTINCT address_id FROM consent_state WHERE ` + isUnsorted + ` ORDER BY address_id LIMIT ?`

	// Everything that a kind keeps apart, for what is still without one.
	sqlKindFacts = `SELECT s.address_id, s.topic_id, s.workspace_id, s.state, s.basis, s.grade, s.event_id, s.own_event, s.since,
		COALESCE(a.channel, ''), COALESCE(a.domain, ''), COALESCE(a.erased_at <> 0, FALSE), COALESCE(c.erased_at = 0 AND c.merged_into = 0, FALSE),
		COALESCE(c.country, ''), COALESCE(c.prefecture <> '', FALSE), COALESCE(c.lang, ''), COALESCE(c.company <> '', FALSE),
		COALESCE(c.family_kana || c.family_name || c.display_name, ''),
		COALESCE((SELECT MIN(p.canonical) FROM address p WHERE p.contact_id = c.id AND p.contact_id <> 0 AND p.channel = 'sms'), ''),
		e.event_id IS NOT NULL, COALESCE(e.entity, ''), COALESCE(e.counterparty, ''), COALESCE(e.transaction_ref, ''),
		COALESCE(e.last_transaction, 0), COALESCE(e.written, FALSE), COALESCE(e.ads_declined, FALSE), COALESCE(e.page_url, ''),
		COALESCE(e.page_captured, 0), COALESCE(e.page_refuses, FALSE), COALESCE(e.in_business, FALSE), COALESCE(e.express, FALSE),
		COALESCE(e.casl, ''), COALESCE(e.relevant_to_role, FALSE), COALESCE(e.own_similar, FALSE), COALESCE(e.refusal_offered, FALSE),
		COALESCE(e.charity, FALSE), COALESCE(e.double_opt_in, FALSE)
		FROM consent_state s LEFT JOIN address a ON a.id = s.address_id LEFT JOIN contact c ON c.id = a.contact_id
		LEFT JOIN consent_basis e ON e.event_id = s.event_id
		WHERE s.address_id IN (?...) AND (s.person_kind = 0 OR s.ground_kind = 0)`

	// The rows are there, and held: only their kinds are written.
	sqlPutKinds     = `INSERT INTO consent_state (address_id, topic_id, workspace_id, state, event_id, since, person_kind, ground_kind, ground_at) VALUES`
	sqlPutKindsTail = `ON CONFLICT (address_id, topic_id) DO UPDATE SET person_kind = excluded.person_kind,
		ground_kind = excluded.ground_kind, ground_at = excluded.ground_at`
)
