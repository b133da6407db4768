-- +goose Up
-- The findings for which somebody took responsibility: a hash of the draft and of them.
ALTER TABLE campaign ADD COLUMN approved TEXT NOT NULL DEFAULT '';
