-- +goose Up
-- The person's own act a permission rests on, 0 if none: only such an act, later than a
-- refusal of everything, takes one topic out of it.
ALTER TABLE consent_state ADD COLUMN own_event BIGINT NOT NULL DEFAULT 0;
-- The event behind each entry of the feed.
ALTER TABLE refusal_feed ADD COLUMN event_id BIGINT NOT NULL DEFAULT 0;
