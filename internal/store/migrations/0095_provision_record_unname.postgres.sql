-- +goose Up
-- A record that stands for no provision and never will may lose what identifies its person, who was erased; nothing
-- else of a record changes.
DROP TRIGGER provision_record_append_only ON provision_record;
CREATE TRIGGER provision_record_append_only BEFORE TRUNCATE ON provision_record FOR EACH STATEMENT EXECUTE FUNCTION append_only();
-- +goose StatementBegin
CREATE FUNCTION provision_record_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.name = '' AND NEW.known = '' AND length(NEW.mark) = 0 AND NEW.run_id = OLD.run_id AND NEW.contact_id = OLD.contact_id
    AND NEW.piece = OLD.piece AND NEW.consent_id = OLD.consent_id
    AND (EXISTS (SELECT 1 FROM provision_run u WHERE u.id = OLD.run_id AND u.state IN ('discarded', 'failed'))
      OR EXISTS (SELECT 1 FROM provision_left_out l WHERE l.run_id = OLD.run_id AND l.contact_id = OLD.contact_id AND NOT l.maybe)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'provision_record is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER provision_record_fixed BEFORE UPDATE ON provision_record FOR EACH ROW EXECUTE FUNCTION provision_record_fixed();
