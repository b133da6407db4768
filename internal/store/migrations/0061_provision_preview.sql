-- +goose Up
-- A preview shows some people's data until somebody decides about its run, and no longer.
UPDATE provision_run SET preview = '{}' WHERE preview <> '{}';
CREATE INDEX provision_run_preview ON provision_run (workspace_id) WHERE preview <> '{}';
