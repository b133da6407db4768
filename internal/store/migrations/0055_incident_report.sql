-- +goose Up
-- What is reported about a leak (APPI-R 8): the nine items as JSON, and whose data it was, as JSON too.
ALTER TABLE incident ADD COLUMN report TEXT NOT NULL DEFAULT '{}';
ALTER TABLE incident ADD COLUMN affected TEXT NOT NULL DEFAULT '{}';
