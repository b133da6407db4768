-- +goose Up
-- Whose mail a caught one is, and to whom; 0 is nobody's, as are those caught before
-- this was kept.
ALTER TABLE caught ADD COLUMN workspace_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE caught ADD COLUMN address_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX caught_workspace ON caught (workspace_id, id);
CREATE INDEX caught_address ON caught (address_id);
