-- +goose Up
CREATE TABLE topic (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  key TEXT NOT NULL,
  name_ja TEXT NOT NULL,
  name_en TEXT NOT NULL,
  content_ja TEXT NOT NULL,
  content_en TEXT NOT NULL,
  -- The promise: at most promised_count mails per promised_period.
  promised_count BIGINT NOT NULL,
  promised_period TEXT NOT NULL CHECK (promised_period IN ('day', 'week', 'month', 'year')),
  double_opt_in BOOLEAN NOT NULL DEFAULT TRUE,
  public BOOLEAN NOT NULL DEFAULT TRUE,
  sender_profile_id BIGINT NOT NULL REFERENCES sender_profile (id),
  created_at BIGINT NOT NULL,
  archived_at BIGINT NOT NULL DEFAULT 0,
  UNIQUE (workspace_id, key)
);
-- Texts that people agreed to. A version is never changed; a new one is added.
CREATE TABLE wording (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  kind TEXT NOT NULL CHECK (kind IN ('purpose', 'consent')),
  key TEXT NOT NULL,
  version BIGINT NOT NULL,
  text_ja TEXT NOT NULL,
  text_en TEXT NOT NULL,
  hash BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL DEFAULT 0,
  UNIQUE (workspace_id, kind, key, version)
);

-- The consent log. Ids only: what identifies a person stands in consent_evidence
-- and can be destroyed, while commitment keeps the proof whole.
CREATE TABLE consent_event (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  contact_id BIGINT NOT NULL DEFAULT 0,
  address_id BIGINT NOT NULL,
  channel TEXT NOT NULL,
  topic_id BIGINT NOT NULL DEFAULT 0,
  action TEXT NOT NULL,
  basis TEXT NOT NULL DEFAULT '',
  method TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  valid_until BIGINT NOT NULL DEFAULT 0,
  frequency_count BIGINT NOT NULL DEFAULT 0,
  frequency_period TEXT NOT NULL DEFAULT '',
  paused_until BIGINT NOT NULL DEFAULT 0,
  refers_to BIGINT NOT NULL DEFAULT 0,
  operator_id BIGINT NOT NULL DEFAULT 0,
  grade TEXT NOT NULL DEFAULT '',
  commitment BYTEA NOT NULL
);
CREATE INDEX consent_event_address ON consent_event (address_id, id);
CREATE TABLE consent_evidence (
  event_id BIGINT PRIMARY KEY REFERENCES consent_event (id),
  salt BYTEA NOT NULL,
  record TEXT NOT NULL
);
-- The tree: leaf number of each event, full and partial tiles, signed heads.
CREATE TABLE consent_leaf (
  workspace_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  event_id BIGINT NOT NULL UNIQUE,
  PRIMARY KEY (workspace_id, seq)
) /*clustered*/;
CREATE TABLE consent_pending (
  event_id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL
);
CREATE TABLE consent_tile (
  workspace_id BIGINT NOT NULL,
  level BIGINT NOT NULL,
  n BIGINT NOT NULL,
  width BIGINT NOT NULL,
  hashes BYTEA NOT NULL,
  PRIMARY KEY (workspace_id, level, n)
);
CREATE TABLE consent_checkpoint (
  workspace_id BIGINT NOT NULL,
  size BIGINT NOT NULL,
  root BYTEA NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, size)
);
CREATE TABLE log_key (
  workspace_id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  private_sealed BYTEA NOT NULL,
  verifier TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- The present state per address and topic (topic 0: every topic), rebuildable from the log.
CREATE TABLE consent_state (
  address_id BIGINT NOT NULL,
  topic_id BIGINT NOT NULL,
  workspace_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  basis TEXT NOT NULL DEFAULT '',
  grade TEXT NOT NULL DEFAULT '',
  event_id BIGINT NOT NULL,
  since BIGINT NOT NULL,
  valid_until BIGINT NOT NULL DEFAULT 0,
  frequency_count BIGINT NOT NULL DEFAULT 0,
  frequency_period TEXT NOT NULL DEFAULT '',
  paused_until BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (address_id, topic_id)
) /*clustered*/;
CREATE INDEX consent_state_topic ON consent_state (workspace_id, topic_id, state, address_id);
CREATE INDEX consent_state_contact ON consent_state (contact_id) WHERE contact_id <> 0;

-- Who must not be mailed. Keyed hashes, so that a no outlives the address itself.
CREATE TABLE suppression (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  channel TEXT NOT NULL,
  address_hash BYTEA NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('refusal', 'complaint', 'bounce', 'manual')),
  topic_id BIGINT NOT NULL DEFAULT 0,
  event_id BIGINT NOT NULL DEFAULT 0,
  source TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  operator_id BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL DEFAULT 0,
  lifted_at BIGINT NOT NULL DEFAULT 0,
  lifted_event BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX suppression_live ON suppression (workspace_id, address_hash, kind, topic_id) WHERE lifted_at = 0;
CREATE INDEX suppression_list ON suppression (workspace_id, id);

-- Refusals in the order of their commit, for the memory of every node's gate.
CREATE TABLE refusal_feed (
  seq BIGSERIAL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  address_hash BYTEA NOT NULL,
  topic_id BIGINT NOT NULL DEFAULT 0,
  lifted BOOLEAN NOT NULL DEFAULT FALSE,
  at BIGINT NOT NULL
);
CREATE TABLE gate_node (
  node TEXT PRIMARY KEY,
  applied_seq BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
);
