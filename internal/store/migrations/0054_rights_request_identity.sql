-- +goose Up
-- Requests can be made by the person, on a page; erasing (APPI 35) is apart from ceasing use; who asks is checked, and an
-- agent may ask (APPI 37).
CREATE TABLE rights_request_made (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  contact_id BIGINT NOT NULL DEFAULT 0,
  kind TEXT NOT NULL CHECK (kind = 'disclosure' OR kind = 'correction' OR kind = 'cease' OR kind = 'erase' OR kind = 'stop_provision'),
  form TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  received_at BIGINT NOT NULL,
  entered_by BIGINT NOT NULL,
  entered_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL DEFAULT 0,
  answered_by BIGINT NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  -- Who asks, where the answer goes, and who acts for the person, if anybody.
  name TEXT NOT NULL DEFAULT '',
  address TEXT NOT NULL DEFAULT '',
  agent TEXT NOT NULL DEFAULT '',
  identity TEXT NOT NULL DEFAULT '',
  identified_at BIGINT NOT NULL DEFAULT 0,
  identified_by BIGINT NOT NULL DEFAULT 0
);
INSERT INTO rights_request_made (id, workspace_id, contact_id, kind, form, note, received_at, entered_by, entered_at, answered_at, answered_by, outcome, reason)
  SELECT id, workspace_id, contact_id, kind, form, note, received_at, entered_by, entered_at, answered_at, answered_by, outcome, reason FROM rights_request;
DROP TABLE rights_request;
ALTER TABLE rights_request_made RENAME TO rights_request;
CREATE INDEX rights_request_workspace ON rights_request (workspace_id, id);
CREATE INDEX rights_request_contact ON rights_request (contact_id) WHERE contact_id <> 0;
