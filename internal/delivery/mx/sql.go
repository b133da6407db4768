package mx

const (
	sqlSites = `SELECT domain, site FROM mail_site WHERE learned_at >= ? AND domain > ? ORDER BY domain LIMIT 10000`
	sqlKeep  = `INSERT INTO mail_site (domain, site, learned_at) VALUES`
	sqlKept  = `ON CONFLICT (domain) DO UPDATE SET site = excluded.site, learned_at = excluded.learned_at`
	sqlStale = `DELETE FROM mail_site WHERE learned_at < ?`
)
