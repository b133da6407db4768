package campaign

// The statements that count an audience by kinds of people. A kind is everything that
// the gate's answer depends on, so that one of a kind answers for all of it; whoever
// has made choices of their own, or stands more than once on the suppression list, is of
// no kind and is asked about alone.
const (
	// ownChoice is the condition of the index consent_state_own, to the letter.
	ownChoice = `(s.frequency_count > 0 OR s.paused_until > 0 OR s.valid_until > 0)`

	// kindColumns: how many, and the first and the last of them; then what makes the kind.
	// Days are counted back from now, as months are.
	kindColumns = `COUNT(*), MIN(s.address_id), MAX(s.address_id),
		CASE s.basis WHEN 'B1' THEN 1 WHEN 'B2' THEN 2 WHEN 'B3' THEN 3 WHEN 'B4' THEN 4 ELSE 0 END
			+ CASE s.grade WHEN 'A' THEN 8 WHEN 'B' THEN 16 WHEN 'C' THEN 24 WHEN 'D' THEN 32 ELSE 0 END
			+ CASE c.company WHEN '' THEN 0 ELSE 64 END
			+ CASE WHEN c.family_name = '' AND c.family_kana = '' AND c.display_name = '' THEN 0
				WHEN c.lang <> '' OR c.country <> '' OR c.prefecture <> '' THEN 128
				WHEN octet_length(c.family_kana || c.family_name || c.display_name) = length(c.family_kana || c.family_name || c.display_name) THEN 256
				WHEN octet_length(c.family_kana || c.family_name || c.display_name) > 2 * length(c.family_kana || c.family_name || c.display_name) THEN 384
				ELSE 512 END
			+ CASE s.event_id WHEN 0 THEN 1024 ELSE 0 END + CASE s.own_event WHEN 0 THEN 2048 ELSE 0 END
			+ CASE WHEN s.basis = 'B1' AND e.event_id IS NULL THEN 0 ELSE 4096 * ((CAST(? AS BIGINT) - s.since) / 86400000000) END AS what,
		CASE WHEN c.country <> '' THEN c.country WHEN c.prefecture <> '' THEN 'JP'
			ELSE '-' || c.lang || '-' || substr(a.domain, length(a.domain) - 2) || '-' || COALESCE((SELECT substr(MIN(t.canonical), 1, 5) FROM address t
				WHERE t.contact_id = c.id AND t.contact_id <> 0 AND t.channel = 'sms'), '') END AS place,
		CASE WHEN a.domain IN ('docomo.ne.jp', 'ezweb.ne.jp', 'au.com', 'softbank.ne.jp', 'i.softbank.jp')
			OR substr(a.domain, length(a.domain) - 14) = '.vodafone.ne.jp' THEN a.domain ELSE '' END AS carrier,
		CASE WHEN e.event_id IS NULL THEN '' ELSE e.entity || '|' || e.counterparty || '|' || e.casl
			|| '|' || (CAST(? AS BIGINT) - e.last_transaction) / 86400000000 || '|' || (CAST(? AS BIGINT) - e.page_captured) / 86400000000
			|| '|' || (CASE WHEN e.page_url <> '' THEN 1 ELSE 0 END + CASE WHEN e.written THEN 2 ELSE 0 END
			+ CASE WHEN e.ads_declined THEN 4 ELSE 0 END + CASE WHEN e.page_refuses THEN 8 ELSE 0 END
			+ CASE WHEN e.in_business THEN 16 ELSE 0 END + CASE WHEN e.express THEN 32 ELSE 0 END
			+ CASE WHEN e.relevant_to_role THEN 64 ELSE 0 END + CASE WHEN e.own_similar THEN 128 ELSE 0 END
			+ CASE WHEN e.refusal_offered THEN 256 ELSE 0 END + CASE WHEN e.charity THEN 512 ELSE 0 END
			+ CASE WHEN e.double_opt_in THEN 1024 ELSE 0 END + CASE WHEN e.transaction_ref <> '' THEN 2048 ELSE 0 END) END AS ground`
	kindGroup = ` GROUP BY what, place, carrier, ground`

	kindJoins = ` JOIN contact c ON c.id = a.contact_id LEFT JOIN consent_basis e ON e.event_id = s.event_id `
	kindWhere = ` AND a.channel = 'email' AND c.erased_at = 0 AND c.merged_into = 0 AND NOT ` + ownChoice
	// everyChoice are those who chose how often or for how long for every topic.
	everyChoice = `SELECT z.address_id FROM consent_state z WHERE z.workspace_id = ? AND z.topic_id = 0
		AND (z.frequency_count > 0 OR z.paused_until > 0 OR z.valid_until > 0)`

	// One state at a time, in the order of the index consent_state_topic.
	sqlKinds = `SELECT ` + kindColumns + ` FROM consent_state s JOIN address a ON a.id = s.address_id` + kindJoins + `
		LEFT JOIN (SELECT q.id AS id FROM suppression p JOIN address q ON q.workspace_id = p.workspace_id AND q.hash = p.address_hash
			WHERE p.workspace_id = ? AND p.lifted_at = 0 UNION ` + everyChoice + `) AS x ON x.id = s.address_id
		WHERE s.workspace_id = ? AND s.topic_id = ? AND s.state = ? AND x.id IS NULL` + kindWhere + kindGroup

	// Those with one live entry, by what that is and whether their own act came after it.
	sqlStoppedKinds = `SELECT ` + kindColumns + ` FROM suppression p
		JOIN address a ON a.workspace_id = p.workspace_id AND a.hash = p.address_hash JOIN consent_state s ON s.address_id = a.id AND s.topic_id = ?` + kindJoins + `
		WHERE p.workspace_id = ? AND p.lifted_at = 0 AND s.state IN ('given', 'refused', 'withdrawn', 'expired')` + kindWhere + ` AND s.address_id NOT IN (` + everyChoice + `)
		AND NOT EXISTS (SELECT 1 FROM suppression o WHERE o.workspace_id = p.workspace_id AND o.address_hash = p.address_hash AND o.lifted_at = 0 AND o.id <> p.id)` +
		kindGroup + `, s.state, p.kind, CASE p.topic_id WHEN 0 THEN 0 WHEN s.topic_id THEN 1 ELSE 2 END,
		CASE WHEN s.own_event > p.event_id THEN 1 ELSE 0 END, CASE WHEN p.expires_at > 0 AND p.expires_at <= CAST(? AS BIGINT) THEN 1 ELSE 0 END`

	apartTail = ` JOIN address a ON a.id = s.address_id JOIN contact c ON c.id = a.contact_id WHERE s.workspace_id = ? AND s.topic_id = ?
		AND s.state IN ('given', 'refused', 'withdrawn', 'expired') AND a.channel = 'email' AND c.erased_at = 0 AND c.merged_into = 0 AND `
	sqlApart = `SELECT s.address_id FROM consent_state s` + apartTail + ownChoice + `
		UNION SELECT s.address_id FROM (` + everyChoice + `) AS z CROSS JOIN consent_state s` + apartTail + ` s.address_id = z.address_id
		UNION SELECT s.address_id FROM (SELECT workspace_id, address_hash FROM suppression WHERE workspace_id = ? AND lifted_at = 0
			GROUP BY workspace_id, address_hash HAVING COUNT(*) > 1) AS p
			CROSS JOIN address q CROSS JOIN consent_state s` + apartTail + ` q.workspace_id = p.workspace_id AND q.hash = p.address_hash
			AND s.address_id = q.id
		ORDER BY 1 LIMIT ?`
)
