-- +goose Up
-- What proves something is added to, never changed; a record goes when its run was released, which its period decides.
CREATE TRIGGER provision_recipient_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provision_recipient_version FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_left_out_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provision_left_out FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_release_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provision_release FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_consent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provision_consent FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_record_append_only BEFORE UPDATE OR TRUNCATE ON provision_record FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_attempt_append_only BEFORE DELETE OR TRUNCATE ON provision_attempt FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_attempt_ended BEFORE UPDATE ON provision_attempt FOR EACH ROW WHEN (OLD.ended_at <> 0) EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_run_append_only BEFORE DELETE OR TRUNCATE ON provision_run FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_run_fixed BEFORE UPDATE OF workspace_id, programme_id, version, recipient_id, recipient_version, plan, salt, created_at, created_by ON provision_run FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_run_kept BEFORE UPDATE OF keep_until ON provision_run FOR EACH ROW WHEN (NEW.keep_until < OLD.keep_until) EXECUTE FUNCTION append_only();
-- +goose StatementBegin
CREATE FUNCTION provision_record_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM gone g WHERE NOT EXISTS (SELECT 1 FROM provision_release r WHERE r.run_id = g.run_id)) THEN
    RAISE EXCEPTION 'provision_record is kept for its period';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER provision_record_kept AFTER DELETE ON provision_record REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION provision_record_kept();
-- +goose StatementBegin
CREATE FUNCTION provision_release_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.released_at < (SELECT keep_until FROM provision_run WHERE id = NEW.run_id) THEN
    RAISE EXCEPTION 'the period of keeping is not over';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER provision_release_due BEFORE INSERT ON provision_release FOR EACH ROW EXECUTE FUNCTION provision_release_due();
CREATE TRIGGER import_receipt_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON import_receipt FOR EACH STATEMENT EXECUTE FUNCTION append_only();
