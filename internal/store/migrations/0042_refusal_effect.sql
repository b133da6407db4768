-- +goose Up
-- When a refusal was committed, by the clock of the node that recorded it: with the time at
-- which it was received, how fast a no takes effect.
CREATE TABLE refusal_effect (
  event_id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  committed_at BIGINT NOT NULL
);
CREATE INDEX refusal_effect_age ON refusal_effect (workspace_id, committed_at);
