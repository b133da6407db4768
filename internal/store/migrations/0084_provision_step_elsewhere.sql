-- +goose Up
-- Where or how a notice was given that is older than its record; empty is on our page, by the record.
ALTER TABLE provision_step ADD COLUMN elsewhere TEXT NOT NULL DEFAULT '';
