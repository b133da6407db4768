-- +goose Up
-- What a company answers about the external transmission of its pages (Telecommunications Business Act, Art. 27-12):
-- whether the rule is for it, and its opt-out scheme. One row per workspace; no row is "not answered", which counts as in.
CREATE TABLE transmission (
  workspace_id BIGINT PRIMARY KEY REFERENCES workspace (id),
  scope TEXT NOT NULL DEFAULT '',
  opt_out BOOLEAN NOT NULL DEFAULT FALSE,
  -- The texts of the opt-out scheme's seven points, as JSON.
  points TEXT NOT NULL DEFAULT '[]',
  published_at BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL
);
-- Tags of other parties on the pages that carry our forms and widget.
CREATE TABLE transmission_tag (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  name TEXT NOT NULL,
  party TEXT NOT NULL DEFAULT '',
  content_ja TEXT NOT NULL DEFAULT '',
  content_en TEXT NOT NULL DEFAULT '',
  purpose_ja TEXT NOT NULL DEFAULT '',
  purpose_en TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL
);
CREATE INDEX transmission_tag_workspace ON transmission_tag (workspace_id);
-- Complaints and questions about mails (SEMA 9, APPI 40): each has somebody who answers for it, and an outcome.
CREATE TABLE complaint (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  via TEXT NOT NULL,
  body TEXT NOT NULL,
  owner_id BIGINT NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  received_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX complaint_workspace ON complaint (workspace_id, id);
