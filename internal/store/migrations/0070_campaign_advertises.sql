-- +goose Up
-- Whether advertising is seen in a letter, whatever its class, and whether its writer can
-- leave all of that out for whoever wants none (OUT-01, OUT-03). Of what nobody looked at,
-- the worse is true; what is not finished is looked at again before it leaves.
ALTER TABLE campaign ADD COLUMN promotes BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE campaign ADD COLUMN strips BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE campaign SET kilobytes = 0 WHERE state NOT IN ('stopped', 'done');
