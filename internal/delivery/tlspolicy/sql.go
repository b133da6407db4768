package tlspolicy

const (
	sqlKeepPolicy = `INSERT INTO sts_policy (domain, policy_id, body, fetched_at, expires_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (domain) DO UPDATE SET policy_id = excluded.policy_id, body = excluded.body,
		fetched_at = excluded.fetched_at, expires_at = excluded.expires_at
		WHERE sts_policy.fetched_at <= excluded.fetched_at`
	sqlPolicies     = `SELECT domain, policy_id, body, fetched_at, expires_at FROM sts_policy WHERE expires_at > ?`
	sqlPolicy       = `SELECT domain, policy_id, body, fetched_at, expires_at FROM sts_policy WHERE domain = ? AND expires_at > ?`
	sqlDropPolicies = `DELETE FROM sts_policy WHERE expires_at < ?`
)
