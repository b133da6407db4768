-- +goose Up
-- On whose behalf a campaign is sent, '' for the sender's own; whether gaps of the
-- profile's label are filled from the workspace's.
ALTER TABLE campaign ADD COLUMN advertiser TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN fill_label BOOLEAN NOT NULL DEFAULT FALSE;
-- Which part of the topic's people it is for: all, or only or all but those whom some
-- legal orders reach (bits of law.Jurisdictions).
ALTER TABLE campaign ADD COLUMN reach_mode TEXT NOT NULL DEFAULT '' CHECK (reach_mode IN ('', 'only', 'except'));
ALTER TABLE campaign ADD COLUMN reach BIGINT NOT NULL DEFAULT 0;
-- Who wrote the text last: the author may not approve it.
ALTER TABLE campaign ADD COLUMN edited_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN approved_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN approved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN approved_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN requested_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN requested_at BIGINT NOT NULL DEFAULT 0;
-- The subject that a reviewer called misleading; another subject is not flagged.
ALTER TABLE campaign ADD COLUMN flagged TEXT NOT NULL DEFAULT '';
-- How many people the planner found it may go to: the usual size of a topic.
ALTER TABLE campaign ADD COLUMN allowed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX campaign_topic ON campaign (topic_id, id);

-- When a second person must approve, and the guard against sending wrongly.
CREATE TABLE campaign_policy (
  workspace_id BIGINT PRIMARY KEY REFERENCES workspace (id),
  every BOOLEAN NOT NULL DEFAULT FALSE,
  consent_requests BOOLEAN NOT NULL DEFAULT FALSE,
  -- 0 is no bound.
  over BIGINT NOT NULL DEFAULT 0,
  -- JSON array of topic ids.
  topics TEXT NOT NULL DEFAULT '[]',
  role TEXT NOT NULL DEFAULT 'legal',
  hold_seconds BIGINT NOT NULL DEFAULT 0,
  times BIGINT NOT NULL DEFAULT 10,
  updated_at BIGINT NOT NULL
);
