-- +goose Up
-- What kept a recipient from being told the last time, as a key of the catalogue; empty once it was told.
ALTER TABLE provision_task ADD COLUMN error TEXT NOT NULL DEFAULT '';
