-- +goose Up
-- The rule for which the program itself paused a campaign, '' when a person did or nobody.
ALTER TABLE campaign ADD COLUMN parked TEXT NOT NULL DEFAULT '';
