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
-- +goose StatementBegin
CREATE TRIGGER provision_step_correction_no_update BEFORE UPDATE ON provision_step_correction BEGIN SELECT RAISE(ABORT, 'provision_step_correction is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_step_correction_no_delete BEFORE DELETE ON provision_step_correction BEGIN SELECT RAISE(ABORT, 'provision_step_correction is append-only'); END;
-- +goose StatementEnd
