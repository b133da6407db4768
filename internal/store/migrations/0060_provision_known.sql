-- +goose Up
-- By what of the data that were handed over their recipient knows the person: it is told of a stop by nothing else.
ALTER TABLE provision_record ADD COLUMN known TEXT NOT NULL DEFAULT '';
