-- +goose Up
-- The lane of domains whose mail others take: learned from their MX records, so
-- that mail for them is queued where their provider's limits hold.
CREATE TABLE mail_site (
  domain TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  learned_at BIGINT NOT NULL
) /*clustered*/;
-- MTA-STS policies (RFC 8461) as they were fetched; they bind us until they expire.
CREATE TABLE sts_policy (
  domain TEXT PRIMARY KEY,
  policy_id TEXT NOT NULL,
  body TEXT NOT NULL,
  fetched_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
) /*clustered*/;
-- How sessions with domains that want TLS reports (RFC 8460) went, by UTC day (days
-- since 1970). The digest stands for everything between it and the count.
CREATE TABLE tls_result (
  day BIGINT NOT NULL,
  domain TEXT NOT NULL,
  digest TEXT NOT NULL,
  policy_type TEXT NOT NULL,
  policy TEXT NOT NULL,
  result TEXT NOT NULL,
  mx_host TEXT NOT NULL,
  sending_ip TEXT NOT NULL,
  receiving_ip TEXT NOT NULL,
  reason TEXT NOT NULL,
  sessions BIGINT NOT NULL,
  PRIMARY KEY (day, domain, digest)
) /*clustered*/;
-- The reports that are due or were sent. run_at is when to try, 0 when that is over.
CREATE TABLE tls_report (
  day BIGINT NOT NULL,
  domain TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  sent_at BIGINT NOT NULL DEFAULT 0,
  sent_to TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (day, domain)
) /*clustered*/;
CREATE INDEX tls_report_due ON tls_report (run_at) WHERE run_at > 0;
