-- +goose Up
-- Counts the leases of a row, so that a node whose lease ran out can be told from
-- the one that has the row now. A row that is in hand when its campaign is stopped
-- gets the rule of the stop; it ends as withheld when it comes back. State 4 is
-- parked: the campaign is paused.
ALTER TABLE outbox ADD COLUMN lease BIGINT NOT NULL DEFAULT 0;
