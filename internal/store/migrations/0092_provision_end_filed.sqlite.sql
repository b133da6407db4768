-- +goose Up
-- That the commission was told of the end is a step, too.
CREATE TABLE provision_step_next (
  id BIGINT PRIMARY KEY,
  programme_id BIGINT NOT NULL REFERENCES provision_programme (id),
  version BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('noticed', 'filed', 'published_by_ppc', 'published_by_us', 'ended', 'end_filed')),
  happened_at BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  elsewhere TEXT NOT NULL DEFAULT '',
  UNIQUE (programme_id, version, kind)
);
INSERT INTO provision_step_next SELECT id, programme_id, version, kind, happened_at, evidence, created_at, created_by, elsewhere FROM provision_step;
DROP TABLE provision_step;
ALTER TABLE provision_step_next RENAME TO provision_step;
-- Until now the end was what was filed: its evidence is the filing's.
INSERT INTO provision_step (id, programme_id, version, kind, happened_at, evidence, created_at, created_by, elsewhere)
  SELECT -s.id, s.programme_id, s.version, 'end_filed', s.happened_at, s.evidence, s.created_at, s.created_by, ''
    FROM provision_step s JOIN provision_programme p ON p.id = s.programme_id AND p.class = 'opt_out' WHERE s.kind = 'ended';
-- +goose StatementBegin
CREATE TRIGGER provision_step_no_update BEFORE UPDATE ON provision_step BEGIN SELECT RAISE(ABORT, 'provision_step is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_step_no_delete BEFORE DELETE ON provision_step BEGIN SELECT RAISE(ABORT, 'provision_step is append-only'); END;
-- +goose StatementEnd
