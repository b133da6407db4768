-- +goose Up
-- By what a person without an address is known again: the keyed hash of all that a row told of them, as it came and as it
-- was edited. It goes with the person's erasure, and with a merge to the other contact.
CREATE TABLE contact_likeness (
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  hash BYTEA NOT NULL,
  contact_id BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, hash)
) /*clustered*/;
CREATE INDEX contact_likeness_contact ON contact_likeness (contact_id);
-- Who is on a received list (APPI 30).
CREATE TABLE import_receipt_person (
  job_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  PRIMARY KEY (job_id, contact_id)
) /*clustered*/;
CREATE INDEX import_receipt_person_contact ON import_receipt_person (contact_id);
