-- +goose Up
-- What was done about an incident, each time that it was written down: a later row of a kind replaces what the earlier
-- said, happened_at 0 takes it back. The columns of the incident hold what counts now.
CREATE TABLE incident_step (
  incident_id BIGINT NOT NULL REFERENCES incident (id),
  n BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind = 'principal' OR kind = 'preliminary' OR kind = 'persons' OR kind = 'final' OR kind = 'closed'),
  happened_at BIGINT NOT NULL,
  -- The receipt number of the commission, or how it was sent.
  evidence TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  -- 0 of what was written down before this table.
  created_by BIGINT NOT NULL,
  PRIMARY KEY (incident_id, n)
) /*clustered*/;
INSERT INTO incident_step SELECT id, 1, 'principal', principal_told_at, '', '', principal_told_at, 0 FROM incident WHERE principal_told_at <> 0;
INSERT INTO incident_step SELECT id, 2, 'preliminary', preliminary_at, '', '', preliminary_at, 0 FROM incident WHERE preliminary_at <> 0;
INSERT INTO incident_step SELECT id, 3, 'persons', persons_told_at, '', '', persons_told_at, 0 FROM incident WHERE persons_told_at <> 0;
INSERT INTO incident_step SELECT id, 4, 'final', final_at, '', '', final_at, 0 FROM incident WHERE final_at <> 0;
INSERT INTO incident_step SELECT id, 5, 'closed', closed_at, '', '', closed_at, 0 FROM incident WHERE closed_at <> 0;
-- +goose StatementBegin
CREATE TRIGGER incident_step_no_update BEFORE UPDATE ON incident_step BEGIN SELECT RAISE(ABORT, 'incident_step is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER incident_step_no_delete BEFORE DELETE ON incident_step BEGIN SELECT RAISE(ABORT, 'incident_step is append-only'); END;
-- +goose StatementEnd
