-- +goose Up
-- Who was counted: only they are provided when the count is approved. A part holds, as varints, by how much each
-- contact's id is above that of the one before; last is the highest of them. It goes when the data set is whole.
CREATE TABLE provision_roll (
  run_id BIGINT NOT NULL,
  last BIGINT NOT NULL,
  people BYTEA NOT NULL,
  PRIMARY KEY (run_id, last)
);
