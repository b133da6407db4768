-- +goose Up
-- The pages that labels lead to, as they answered when they were last looked at.
CREATE TABLE label_page (
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  page TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('fine', 'broken')),
  status BIGINT NOT NULL,
  checked_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, page)
);
