-- +goose Up
-- Which provision a request to stop is about; 0 is every one.
ALTER TABLE rights_request ADD COLUMN programme_id BIGINT NOT NULL DEFAULT 0;
