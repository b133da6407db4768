-- +goose Up
-- Provision of personal data to third parties. Apart from every table of mail: a stop of provision is no refusal.
CREATE TABLE provision_programme (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  name TEXT NOT NULL,
  class TEXT NOT NULL CHECK (class IN ('consent', 'opt_out', 'entrust', 'succession', 'joint_use', 'legal_duty')),
  -- The items as JSON, until they are frozen.
  draft TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX provision_programme_workspace ON provision_programme (workspace_id, id);

-- A version of the items is never changed; a new one is added.
CREATE TABLE provision_version (
  id BIGINT PRIMARY KEY,
  programme_id BIGINT NOT NULL REFERENCES provision_programme (id),
  number BIGINT NOT NULL,
  items TEXT NOT NULL,
  hash BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  UNIQUE (programme_id, number)
);

-- What was done about a version, with its day and where it can be seen.
CREATE TABLE provision_step (
  id BIGINT PRIMARY KEY,
  programme_id BIGINT NOT NULL REFERENCES provision_programme (id),
  version BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('noticed', 'filed', 'published_by_ppc', 'published_by_us', 'ended')),
  happened_at BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  UNIQUE (programme_id, version, kind)
);

-- Who asked that their data no longer be provided; programme_id 0 is every programme.
CREATE TABLE provision_stop (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  address_hash BYTEA NOT NULL,
  programme_id BIGINT NOT NULL DEFAULT 0,
  method TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL DEFAULT 0,
  UNIQUE (workspace_id, address_hash, programme_id)
);
