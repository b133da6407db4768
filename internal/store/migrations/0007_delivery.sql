-- +goose Up
-- One row per person and message, from the plan to the outcome.
-- state: 0 queued, 1 leased, 2 dot (the final dot is about to go), 3 done.
CREATE TABLE outbox (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  campaign_id BIGINT NOT NULL DEFAULT 0,
  version_id BIGINT NOT NULL DEFAULT 0,
  contact_id BIGINT NOT NULL DEFAULT 0,
  address_id BIGINT NOT NULL,
  topic_id BIGINT NOT NULL DEFAULT 0,
  class TEXT NOT NULL,
  profile_id BIGINT NOT NULL,
  domain TEXT NOT NULL DEFAULT '',
  lane TEXT NOT NULL DEFAULT '',
  priority BIGINT NOT NULL DEFAULT 0,
  state BIGINT NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  run_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  lease_node TEXT NOT NULL DEFAULT '',
  attempts BIGINT NOT NULL DEFAULT 0,
  -- The last decision of the gate: stage, the event it rests on, the rule set, the rule of a no.
  decided_stage TEXT NOT NULL DEFAULT '',
  decided_at BIGINT NOT NULL DEFAULT 0,
  decided_event BIGINT NOT NULL DEFAULT 0,
  decided_rules TEXT NOT NULL DEFAULT '',
  rule TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  -- payload carries what a message without campaign needs to be written (JSON).
  payload TEXT NOT NULL DEFAULT '',
  reply TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (lane, priority, run_at, id) WHERE state = 0;
CREATE INDEX outbox_open ON outbox (state, lease_until) WHERE state IN (1, 2);
CREATE INDEX outbox_campaign ON outbox (campaign_id, outcome, id) WHERE campaign_id <> 0;
CREATE UNIQUE INDEX outbox_once ON outbox (campaign_id, address_id) WHERE campaign_id <> 0 AND kind = 'campaign';
CREATE INDEX outbox_address ON outbox (address_id, finished_at);
CREATE TABLE attempt (
  id BIGINT PRIMARY KEY,
  outbox_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  remote TEXT NOT NULL DEFAULT '',
  stage TEXT NOT NULL DEFAULT '',
  code BIGINT NOT NULL DEFAULT 0,
  enhanced TEXT NOT NULL DEFAULT '',
  reply TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL
);
CREATE INDEX attempt_outbox ON attempt (outbox_id);
-- Mails kept by the catcher instead of going to the Internet.
CREATE TABLE caught (
  id BIGINT PRIMARY KEY,
  mail_from TEXT NOT NULL,
  rcpt_to TEXT NOT NULL,
  subject TEXT NOT NULL DEFAULT '',
  data BYTEA NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX caught_rcpt ON caught (rcpt_to, id);
