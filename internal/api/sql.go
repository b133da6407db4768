package api

// Answers to be given again. An answer of status 0 is still being made.
const (
	sqlClaimAnswer = `INSERT INTO api_answer (key_id, token, claimed_at) VALUES (?, ?, ?) ON CONFLICT (key_id, token) DO NOTHING`
	sqlAnswer      = `SELECT claimed_at, status, request, headers, body FROM api_answer WHERE key_id = ? AND token = ?`
	// sqlReclaimAnswer takes over what is outlived or was left behind.
	sqlReclaimAnswer = `UPDATE api_answer SET claimed_at = ?, status = 0 WHERE key_id = ? AND token = ? AND claimed_at = ? AND status = ?`
	sqlKeepAnswer    = `UPDATE api_answer SET status = ?, request = ?, headers = ?, body = ?, subject = ? WHERE key_id = ? AND token = ? AND claimed_at = ? AND status = 0`
	sqlDropAnswer    = `DELETE FROM api_answer WHERE key_id = ? AND token = ? AND claimed_at = ? AND status = 0`
	sqlForgetAnswers = `UPDATE api_answer SET headers = '{}', body = NULL WHERE subject IN (?...)`
	sqlSweepAnswers  = `DELETE FROM api_answer WHERE claimed_at < ?`
)
