-- +goose Up
-- The last attempt that held a person who was taken out after it; 0 for who never left. With an attempt up to it that
-- arrived, the person was certainly provided.
ALTER TABLE provision_left_out ADD COLUMN attempt BIGINT NOT NULL DEFAULT 0;
