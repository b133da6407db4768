-- +goose Up
-- A record that stands for no provision and never will may lose what identifies its person, who was erased; nothing
-- else of a record changes.
-- +goose StatementBegin
DROP TRIGGER provision_record_no_update;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_record_no_update BEFORE UPDATE ON provision_record WHEN NOT (
  NEW.name = '' AND NEW.known = '' AND length(NEW.mark) = 0 AND NEW.run_id = OLD.run_id AND NEW.contact_id = OLD.contact_id
  AND NEW.piece = OLD.piece AND NEW.consent_id = OLD.consent_id
  AND (EXISTS (SELECT 1 FROM provision_run u WHERE u.id = OLD.run_id AND u.state IN ('discarded', 'failed'))
    OR EXISTS (SELECT 1 FROM provision_left_out l WHERE l.run_id = OLD.run_id AND l.contact_id = OLD.contact_id AND NOT l.maybe)))
BEGIN SELECT RAISE(ABORT, 'provision_record is append-only'); END;
-- +goose StatementEnd
