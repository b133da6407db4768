-- +goose Up
-- What of a permission's person and of what it rests on makes a difference to the gate, each as
-- one number, so that a million people are counted by kinds from one index. 0 is not sorted yet:
-- such people are asked about one by one, and consent.Log sorts them in the background.
ALTER TABLE consent_state ADD COLUMN person_kind BIGINT NOT NULL DEFAULT 0;
ALTER TABLE consent_state ADD COLUMN ground_kind BIGINT NOT NULL DEFAULT 0;
-- The day that what it rests on is dated: the last transaction, or when the page was looked at.
ALTER TABLE consent_state ADD COLUMN ground_at BIGINT NOT NULL DEFAULT 0;
DROP INDEX consent_state_topic;
CREATE INDEX consent_state_topic ON consent_state (workspace_id, topic_id, state, address_id, person_kind, ground_kind, since, ground_at);
CREATE INDEX consent_state_unsorted ON consent_state (address_id) WHERE (person_kind = 0 OR ground_kind = 0);
-- Who was asked for a permission: once each.
CREATE INDEX outbox_asked ON outbox (workspace_id, address_id) WHERE class = 'consent_request';
