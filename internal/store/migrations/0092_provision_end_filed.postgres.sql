-- +goose Up
-- That the commission was told of the end is a step, too.
ALTER TABLE provision_step DROP CONSTRAINT provision_step_kind_check;
ALTER TABLE provision_step ADD CONSTRAINT provision_step_kind_check CHECK (kind IN ('noticed', 'filed', 'published_by_ppc', 'published_by_us', 'ended', 'end_filed'));
