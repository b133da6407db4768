-- +goose Up
-- What was learned of receivers: limits of lanes, breakers, ceilings of the day.
CREATE TABLE shaping (
  kind TEXT NOT NULL CHECK (kind = 'lane' OR kind = 'breaker' OR kind = 'daily'),
  -- name is the lane, or the provider of a breaker; part the source, or the campaign.
  name TEXT NOT NULL,
  part TEXT NOT NULL,
  state TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (kind, name, part)
) /*clustered*/;

-- Whose fault a refusal was, and the rule that says so.
ALTER TABLE attempt ADD COLUMN blame TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN judged_by TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN source TEXT NOT NULL DEFAULT '';

-- Within a lane every campaign has its own queue, so that none waits behind another.
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (lane, workspace_id, campaign_id, priority, run_at, id) WHERE state = 0;
