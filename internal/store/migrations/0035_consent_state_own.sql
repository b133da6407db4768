-- +goose Up
-- Those who chose how often, for how long or until when: few, and judged one by one
-- when an audience is counted.
CREATE INDEX consent_state_own ON consent_state (workspace_id, topic_id, address_id)
  WHERE (frequency_count > 0 OR paused_until > 0 OR valid_until > 0);
-- Telephone numbers of people whose country nothing better tells.
CREATE INDEX address_phone ON address (contact_id) WHERE channel = 'sms' AND contact_id <> 0;
