-- +goose Up
-- What ties the company to legal orders (ISO 3166-1 alpha-2): where it is, where its servers stand, and the only
-- country it has customers in, '' if it has not said so. Then what it told of itself, and whether advertising goes
-- only to those who consented: for companies that are already here as before, also on the other bases.
ALTER TABLE workspace ADD COLUMN country TEXT NOT NULL DEFAULT 'JP';
ALTER TABLE workspace ADD COLUMN equipment TEXT NOT NULL DEFAULT 'JP';
ALTER TABLE workspace ADD COLUMN market TEXT NOT NULL DEFAULT '';
ALTER TABLE workspace ADD COLUMN consent_only BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE workspace ADD COLUMN mail_order BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE workspace ADD COLUMN charity BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE workspace ADD COLUMN bundled BOOLEAN NOT NULL DEFAULT FALSE;
