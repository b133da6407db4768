-- +goose Up
-- Which of a domain's keys sign: those in use that were not replaced. A key that is
-- not in use yet waits for its record to stand in the zone; one that was replaced stays
-- published until it is retired.
ALTER TABLE signing_key ADD COLUMN used_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN replaced_at BIGINT NOT NULL DEFAULT 0;
UPDATE signing_key SET used_from = created_at;

-- For counting what belongs to paused campaigns, and what is uncertain: both are few.
CREATE INDEX outbox_parked ON outbox (lane, workspace_id) WHERE state = 4;
CREATE INDEX outbox_uncertain ON outbox (campaign_id) WHERE outcome = 'uncertain';
