-- +goose Up
-- What proves something is added to, never changed. Evidence may be destroyed (erasure), not edited.
-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_event FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER consent_leaf_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_leaf FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER wording_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wording FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER form_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON form_version FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER campaign_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON campaign_version FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER consent_evidence_no_edit BEFORE UPDATE ON consent_evidence FOR EACH STATEMENT EXECUTE FUNCTION append_only();
