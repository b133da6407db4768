-- +goose Up
-- The record of personal data received from somebody else (APPI 30): one row per import, whose people are those of the
-- job's events. Kept three years from its creation.
CREATE TABLE import_receipt (
  job_id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  origin TEXT NOT NULL,
  provider TEXT NOT NULL,
  provider_address TEXT NOT NULL,
  representative TEXT NOT NULL,
  acquisition TEXT NOT NULL,
  evidence TEXT NOT NULL,
  items TEXT NOT NULL,
  file TEXT NOT NULL,
  file_hash BYTEA NOT NULL,
  received_at BIGINT NOT NULL,
  published_at BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE INDEX import_receipt_workspace ON import_receipt (workspace_id, created_at);
