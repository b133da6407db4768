-- +goose Up
-- What a step says since it was put right: the one with the highest n counts. One that is void takes the step back;
-- the next one then takes it again and has no reason.
CREATE TABLE provision_step_correction (
  id BIGINT PRIMARY KEY,
  programme_id BIGINT NOT NULL REFERENCES provision_programme (id),
  version BIGINT NOT NULL,
  kind TEXT NOT NULL,
  n BIGINT NOT NULL,
  happened_at BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  elsewhere TEXT NOT NULL,
  void BOOLEAN NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  UNIQUE (programme_id, version, kind, n)
);
CREATE TRIGGER provision_step_correction_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provision_step_correction FOR EACH STATEMENT EXECUTE FUNCTION append_only();
