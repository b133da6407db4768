-- +goose Up
CREATE TABLE form (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  preset TEXT NOT NULL CHECK (preset IN ('newsletter', 'white_paper', 'event', 'prize')),
  version_id BIGINT NOT NULL DEFAULT 0,
  published_at BIGINT NOT NULL DEFAULT 0,
  archived_at BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX form_workspace ON form (workspace_id);
-- A form as it stood; never changed, a new version is added.
CREATE TABLE form_version (
  id BIGINT PRIMARY KEY,
  form_id BIGINT NOT NULL REFERENCES form (id),
  version BIGINT NOT NULL,
  spec TEXT NOT NULL,
  hash BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL DEFAULT 0,
  UNIQUE (form_id, version)
);
-- What people were shown, word for word, once per distinct text.
CREATE TABLE shown (
  workspace_id BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  kind TEXT NOT NULL,
  lang TEXT NOT NULL,
  form_version_id BIGINT NOT NULL DEFAULT 0,
  body TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, hash)
);
-- A filled-in form that waits for its confirmation (or needs none).
CREATE TABLE signup (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  form_id BIGINT NOT NULL,
  form_version_id BIGINT NOT NULL,
  address_id BIGINT NOT NULL,
  lang TEXT NOT NULL,
  -- entry holds the typed fields; emptied by erasure and when the request lapses.
  entry TEXT NOT NULL,
  topics TEXT NOT NULL,
  network TEXT NOT NULL DEFAULT '',
  page TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  mails BIGINT NOT NULL DEFAULT 0,
  confirmed_at BIGINT NOT NULL DEFAULT 0,
  disowned_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX signup_address ON signup (address_id);
CREATE INDEX signup_form ON signup (form_id, id);
-- Counts of a form per day: pages shown, sent in, confirmed.
CREATE TABLE form_day (
  form_id BIGINT NOT NULL,
  day TEXT NOT NULL,
  shown BIGINT NOT NULL DEFAULT 0,
  submitted BIGINT NOT NULL DEFAULT 0,
  confirmed BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (form_id, day)
);
-- Why people left, asked only after they had.
CREATE TABLE leave_reason (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  event_id BIGINT NOT NULL UNIQUE,
  reason TEXT NOT NULL,
  remark TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL
);
