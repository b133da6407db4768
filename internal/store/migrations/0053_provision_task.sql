-- +goose Up
-- A recipient that already has a stopped person's data is to be told, and to say that it heard.
CREATE TABLE provision_task (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  recipient_id BIGINT NOT NULL REFERENCES provision_recipient (id),
  contact_id BIGINT NOT NULL,
  -- The last run that handed the person's data to the recipient when the stop came.
  run_id BIGINT NOT NULL REFERENCES provision_run (id),
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  -- How it was told: mail, webhook or by hand; when it last was, and when it is tried again.
  way TEXT NOT NULL,
  sent_at BIGINT NOT NULL DEFAULT 0,
  tries BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL DEFAULT 0,
  acknowledged_at BIGINT NOT NULL DEFAULT 0,
  acknowledged_by BIGINT NOT NULL DEFAULT 0,
  proof TEXT NOT NULL DEFAULT '',
  UNIQUE (recipient_id, contact_id, run_id)
);
CREATE INDEX provision_task_open ON provision_task (workspace_id, due_at) WHERE acknowledged_at = 0;
