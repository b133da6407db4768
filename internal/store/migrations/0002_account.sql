-- +goose Up
-- A workspace is one legal entity that sends; everything else belongs to one.
CREATE TABLE workspace (
  id BIGINT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  legal_name TEXT NOT NULL,
  legal_name_en TEXT NOT NULL DEFAULT '',
  postal_address TEXT NOT NULL,
  postal_address_en TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  url TEXT NOT NULL DEFAULT '',
  privacy_url TEXT NOT NULL DEFAULT '',
  lang TEXT NOT NULL,
  zone TEXT NOT NULL,
  non_profit BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- How a sender shows itself: the label items of the mail law plus the From line.
CREATE TABLE sender_profile (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  name TEXT NOT NULL,
  legal_name TEXT NOT NULL,
  legal_name_en TEXT NOT NULL DEFAULT '',
  postal_address TEXT NOT NULL,
  postal_address_en TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  url TEXT NOT NULL DEFAULT '',
  from_name TEXT NOT NULL,
  from_address TEXT NOT NULL,
  reply_to TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sender_profile_workspace ON sender_profile (workspace_id);

-- A domain we may send from, and the keys that sign for it.
CREATE TABLE sending_domain (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  domain TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('unproven', 'proven', 'internal')),
  detail TEXT NOT NULL DEFAULT '',
  checked_at BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  UNIQUE (workspace_id, domain)
);
CREATE TABLE signing_key (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  domain TEXT NOT NULL,
  selector TEXT NOT NULL,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('rsa-sha256', 'ed25519-sha256')),
  private_sealed BYTEA NOT NULL,
  dns_record TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT NOT NULL DEFAULT 0,
  UNIQUE (workspace_id, domain, selector)
);

CREATE TABLE operator (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  lang TEXT NOT NULL,
  password_hash TEXT NOT NULL DEFAULT '',
  totp_sealed BYTEA,
  totp_confirmed_at BIGINT NOT NULL DEFAULT 0,
  totp_last_step BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE membership (
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  operator_id BIGINT NOT NULL REFERENCES operator (id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'marketer', 'legal', 'viewer')),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, operator_id)
);
CREATE TABLE session (
  id BIGINT PRIMARY KEY,
  token_hash BYTEA NOT NULL UNIQUE,
  operator_id BIGINT NOT NULL REFERENCES operator (id),
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  second_factor_due BOOLEAN NOT NULL DEFAULT FALSE,
  network TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX session_operator ON session (operator_id);
-- One-time links: first sign-in of the demo, invitations, password resets.
CREATE TABLE signin_link (
  token_hash BYTEA PRIMARY KEY,
  operator_id BIGINT NOT NULL REFERENCES operator (id),
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  purpose TEXT NOT NULL CHECK (purpose IN ('signin', 'invite', 'reset')),
  expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE api_key (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  name TEXT NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_by BIGINT NOT NULL REFERENCES operator (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL DEFAULT 0,
  revoked_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX api_key_workspace ON api_key (workspace_id);
-- Who did what, when, to which row. Append-only, see the triggers.
CREATE TABLE audit (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('operator', 'api_key', 'system', 'cli')),
  actor_id BIGINT NOT NULL DEFAULT 0,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL DEFAULT '',
  subject_id BIGINT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '{}',
  network TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_workspace ON audit (workspace_id, id);
CREATE INDEX audit_subject ON audit (workspace_id, subject_kind, subject_id);
