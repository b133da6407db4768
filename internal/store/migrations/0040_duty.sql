-- +goose Up
-- What a legal officer wants to stay: one person's data, or everything (contact_id 0).
CREATE TABLE legal_hold (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  contact_id BIGINT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL,
  placed_by BIGINT NOT NULL,
  placed_at BIGINT NOT NULL,
  lifted_by BIGINT NOT NULL DEFAULT 0,
  lifted_at BIGINT NOT NULL DEFAULT 0,
  lift_reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX legal_hold_live ON legal_hold (workspace_id, contact_id) WHERE lifted_at = 0;
-- Orders to improve under Article 7 of the mail law.
CREATE TABLE law_order (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  authority TEXT NOT NULL,
  reference TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  received_at BIGINT NOT NULL,
  entered_by BIGINT NOT NULL,
  entered_at BIGINT NOT NULL
);
CREATE INDEX law_order_workspace ON law_order (workspace_id, received_at);
-- Leaks and what may have been one (APPI 26): thresholds 1 to 4, and what was done when.
CREATE TABLE incident (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  title TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  known_at BIGINT NOT NULL,
  sensitive BOOLEAN NOT NULL,
  financial BOOLEAN NOT NULL,
  wrongful BOOLEAN NOT NULL,
  many BOOLEAN NOT NULL,
  undecided BOOLEAN NOT NULL,
  entrusted BOOLEAN NOT NULL,
  principal_told_at BIGINT NOT NULL DEFAULT 0,
  preliminary_at BIGINT NOT NULL DEFAULT 0,
  final_at BIGINT NOT NULL DEFAULT 0,
  persons_told_at BIGINT NOT NULL DEFAULT 0,
  closed_at BIGINT NOT NULL DEFAULT 0,
  entered_by BIGINT NOT NULL,
  entered_at BIGINT NOT NULL
);
CREATE INDEX incident_workspace ON incident (workspace_id, id);
-- What people ask about their data (APPI 33 to 35).
CREATE TABLE rights_request (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  contact_id BIGINT NOT NULL DEFAULT 0,
  kind TEXT NOT NULL CHECK (kind IN ('disclosure', 'correction', 'cease', 'stop_provision')),
  form TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  received_at BIGINT NOT NULL,
  entered_by BIGINT NOT NULL,
  entered_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL DEFAULT 0,
  answered_by BIGINT NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX rights_request_workspace ON rights_request (workspace_id, id);
-- Evidence that outlives the person's profile because a clock forbids destroying it.
CREATE TABLE kept_evidence (
  address_id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  contact_id BIGINT NOT NULL,
  -- The legal orders that the messages touched, as law.Jurisdictions.
  apply BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  -- 0 while its end is not known.
  until BIGINT NOT NULL,
  rule TEXT NOT NULL
);
CREATE INDEX kept_evidence_due ON kept_evidence (until);
CREATE INDEX kept_evidence_workspace ON kept_evidence (workspace_id, until);
