-- +goose Up
-- Which page this came from, so that one page sent twice is one request.
ALTER TABLE signup ADD COLUMN render BIGINT NOT NULL DEFAULT 0;
-- The rest of the circumstances (address as typed, browser, what was shown), for the
-- evidence of a later confirmation; emptied with entry.
ALTER TABLE signup ADD COLUMN circumstances TEXT NOT NULL DEFAULT '{}';
-- The outbox row of the last mail about it.
ALTER TABLE signup ADD COLUMN message_id BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX signup_render ON signup (address_id, render) WHERE render <> 0;
CREATE INDEX signup_lapse ON signup (expires_at, id) WHERE confirmed_at = 0 AND disowned_at = 0 AND expires_at <> 0;
