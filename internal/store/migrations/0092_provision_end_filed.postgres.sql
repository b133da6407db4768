-- +goose Up
-- That the commission was told of the end is a step, too.
ALTER TABLE provision_step DROP CONSTRAINT provision_step_kind_check;
ALTER TABLE provision_step ADD CONSTRAINT provision_step_kind_check CHECK (kind IN ('noticed', 'filed', 'published_by_ppc', 'published_by_us', 'ended', 'end_filed'));
-- Until now the end was what was filed: its evidence is the filing's.
INSERT INTO provision_step (id, programme_id, version, kind, happened_at, evidence, created_at, created_by, elsewhere)
  SELECT -s.id, s.programme_id, s.version, 'end_filed', s.happened_at, s.evidence, s.created_at, s.created_by, ''
    FROM provision_step s JOIN provision_programme p ON p.id = s.programme_id AND p.class = 'opt_out' WHERE s.kind = 'ended';
