-- +goose Up
CREATE TABLE campaign (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  name TEXT NOT NULL,
  topic_id BIGINT NOT NULL REFERENCES topic (id),
  sender_profile_id BIGINT NOT NULL REFERENCES sender_profile (id),
  class TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'holding', 'sending', 'paused', 'stopped', 'done')),
  -- The text being written; frozen into campaign_version when it is to be sent.
  lang TEXT NOT NULL,
  subject TEXT NOT NULL DEFAULT '',
  preheader TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL CHECK (kind IN ('markdown', 'blocks')),
  body TEXT NOT NULL DEFAULT '',
  version_id BIGINT NOT NULL DEFAULT 0,
  edition BIGINT NOT NULL DEFAULT 1,
  hold_seconds BIGINT NOT NULL DEFAULT 0,
  scheduled_at BIGINT NOT NULL DEFAULT 0,
  hold_until BIGINT NOT NULL DEFAULT 0,
  started_at BIGINT NOT NULL DEFAULT 0,
  planned_at BIGINT NOT NULL DEFAULT 0,
  finished_at BIGINT NOT NULL DEFAULT 0,
  -- Keyset position of the planner, moved in the same transaction as its rows.
  plan_cursor BIGINT NOT NULL DEFAULT 0,
  created_by BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX campaign_workspace ON campaign (workspace_id, id);
CREATE INDEX campaign_active ON campaign (state) WHERE state IN ('scheduled', 'holding', 'sending');
CREATE TABLE campaign_version (
  id BIGINT PRIMARY KEY,
  campaign_id BIGINT NOT NULL REFERENCES campaign (id),
  lang TEXT NOT NULL,
  subject TEXT NOT NULL,
  preheader TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  class TEXT NOT NULL,
  topic_id BIGINT NOT NULL,
  -- The sender profile as it stood, so that a resend is identical.
  label TEXT NOT NULL,
  hash BYTEA NOT NULL,
  frozen_at BIGINT NOT NULL,
  frozen_by BIGINT NOT NULL DEFAULT 0
);
