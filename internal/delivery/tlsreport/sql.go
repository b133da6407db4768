package tlsreport

const (
	sqlAdd = `INSERT INTO tls_result (day, domain, digest, policy_type, policy, result, mx_host, sending_ip,
		receiving_ip, reason, sessions) VALUES`
	sqlAddMore  = `ON CONFLICT (day, domain, digest) DO UPDATE SET sessions = tls_result.sessions + excluded.sessions`
	sqlPlan     = `INSERT INTO tls_report (day, domain, run_at) VALUES`
	sqlPlanOnce = `ON CONFLICT (day, domain) DO NOTHING`
	sqlDue      = `SELECT day, domain, run_at, attempts FROM tls_report WHERE run_at > 0 AND run_at <= ? ORDER BY run_at LIMIT 100`
	sqlClaim    = `UPDATE tls_report SET run_at = ?, attempts = attempts + 1 WHERE day = ? AND domain = ? AND run_at = ?`
	sqlResults  = `SELECT policy_type, policy, result, mx_host, sending_ip, receiving_ip, reason, sessions FROM tls_result
		WHERE day = ? AND domain = ? ORDER BY policy_type, policy, sessions DESC, digest LIMIT 10000`
	sqlSent      = `UPDATE tls_report SET run_at = 0, sent_at = ?, sent_to = ? WHERE day = ? AND domain = ?`
	sqlClear     = `DELETE FROM tls_result WHERE day = ? AND domain = ?`
	sqlOldResult = `DELETE FROM tls_result WHERE day < ?`
	sqlOldReport = `DELETE FROM tls_report WHERE day < ?`
)
