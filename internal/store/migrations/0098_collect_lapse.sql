-- +goose Up
-- What lapses is asked for whether or not somebody said it was not theirs; the index left those out, so that it was
-- of no use and every look read all requests there ever were.
DROP INDEX signup_lapse;
CREATE INDEX signup_lapse ON signup (expires_at, id) WHERE confirmed_at = 0 AND expires_at <> 0;
