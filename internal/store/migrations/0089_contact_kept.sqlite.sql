-- +goose Up
-- Own fields that were given up, with what the law treats apart in them: the values that people have stay, and stay what
-- they are. A field of the same key takes that over.
CREATE TABLE attribute_dropped (
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  key TEXT NOT NULL,
  special TEXT NOT NULL,
  dropped_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, key)
);
-- Who stood on a list that came from somebody else (APPI 30) is named in import_receipt_person, of whatever list; it stays
-- as long as the record, whoever is erased. So far only who is held without any event was: the others, by their events.
INSERT INTO import_receipt_person (job_id, contact_id)
  SELECT DISTINCT r.job_id, e.contact_id FROM import_receipt r
    JOIN consent_event e ON e.workspace_id = r.workspace_id AND e.method = 'import' AND e.contact_id <> 0
    JOIN consent_evidence v ON v.event_id = e.id
  WHERE instr(v.record, lower(hex(r.file_hash))) > 0 AND length(r.file_hash) > 0
  ON CONFLICT (job_id, contact_id) DO NOTHING;
-- +goose StatementBegin
CREATE TRIGGER import_receipt_person_no_update BEFORE UPDATE ON import_receipt_person BEGIN SELECT RAISE(ABORT, 'import_receipt_person is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER import_receipt_person_no_delete BEFORE DELETE ON import_receipt_person BEGIN SELECT RAISE(ABORT, 'import_receipt_person is append-only'); END;
-- +goose StatementEnd
