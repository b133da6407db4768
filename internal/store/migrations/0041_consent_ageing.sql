-- +goose Up
-- After how many months without a sign of life a permission is asked about once, and
-- then rests; 0 never.
ALTER TABLE workspace ADD COLUMN ageing_months BIGINT NOT NULL DEFAULT 0;
-- Permissions on their way to rest. stage: warned (the sender is told), asked (the one
-- mail is in the outbox), rested.
CREATE TABLE consent_ageing (
  address_id BIGINT NOT NULL,
  topic_id BIGINT NOT NULL,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  event_id BIGINT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('warned', 'asked', 'rested')),
  warned_at BIGINT NOT NULL,
  asked_at BIGINT NOT NULL DEFAULT 0,
  rested_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (address_id, topic_id)
);
CREATE INDEX consent_ageing_stage ON consent_ageing (workspace_id, stage, warned_at);
