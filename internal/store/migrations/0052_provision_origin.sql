-- +goose Up
-- Where a person's data come from, as bits that copies, merges and exports keep: 1 sensitive, 2 face features,
-- 4 acquired unlawfully, 8 nobody knows how, 16 received under another's opt-out (APPI 27(2)).
ALTER TABLE contact ADD COLUMN origin BIGINT NOT NULL DEFAULT 0;
-- What was merged into a contact brings its stops along; who was erased is left out of what waits to be handed over.
CREATE INDEX contact_merged ON contact (merged_into) WHERE merged_into <> 0;
CREATE INDEX contact_erased ON contact (workspace_id, erased_at) WHERE erased_at <> 0;
-- What an own field holds that the law treats apart: sensitive, face, device; empty is nothing.
ALTER TABLE attribute ADD COLUMN special TEXT NOT NULL DEFAULT '';
-- A stop of a person, whatever addresses they have; 0 is a stop of an address alone.
ALTER TABLE provision_stop ADD COLUMN contact_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX provision_stop_contact ON provision_stop (contact_id) WHERE contact_id <> 0;
