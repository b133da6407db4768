-- +goose Up
-- What proves something is added to, never changed; a record goes when its run was released, which its period decides.
-- +goose StatementBegin
CREATE TRIGGER provision_recipient_version_no_update BEFORE UPDATE ON provision_recipient_version BEGIN SELECT RAISE(ABORT, 'provision_recipient_version is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_recipient_version_no_delete BEFORE DELETE ON provision_recipient_version BEGIN SELECT RAISE(ABORT, 'provision_recipient_version is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_left_out_no_update BEFORE UPDATE ON provision_left_out BEGIN SELECT RAISE(ABORT, 'provision_left_out is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_left_out_no_delete BEFORE DELETE ON provision_left_out BEGIN SELECT RAISE(ABORT, 'provision_left_out is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_release_no_update BEFORE UPDATE ON provision_release BEGIN SELECT RAISE(ABORT, 'provision_release is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_release_no_delete BEFORE DELETE ON provision_release BEGIN SELECT RAISE(ABORT, 'provision_release is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_consent_no_update BEFORE UPDATE ON provision_consent BEGIN SELECT RAISE(ABORT, 'provision_consent is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_consent_no_delete BEFORE DELETE ON provision_consent BEGIN SELECT RAISE(ABORT, 'provision_consent is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_record_no_update BEFORE UPDATE ON provision_record BEGIN SELECT RAISE(ABORT, 'provision_record is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_record_kept BEFORE DELETE ON provision_record WHEN NOT EXISTS (SELECT 1 FROM provision_release WHERE run_id = OLD.run_id) BEGIN SELECT RAISE(ABORT, 'provision_record is kept for its period'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_attempt_ended BEFORE UPDATE ON provision_attempt WHEN OLD.ended_at <> 0 BEGIN SELECT RAISE(ABORT, 'provision_attempt has ended'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_attempt_no_delete BEFORE DELETE ON provision_attempt BEGIN SELECT RAISE(ABORT, 'provision_attempt is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_run_fixed BEFORE UPDATE OF workspace_id, programme_id, version, recipient_id, recipient_version, plan, salt, created_at, created_by ON provision_run BEGIN SELECT RAISE(ABORT, 'what a run is cannot change'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_run_kept BEFORE UPDATE OF keep_until ON provision_run WHEN NEW.keep_until < OLD.keep_until BEGIN SELECT RAISE(ABORT, 'a period of keeping cannot become shorter'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_run_no_delete BEFORE DELETE ON provision_run BEGIN SELECT RAISE(ABORT, 'provision_run is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_release_due BEFORE INSERT ON provision_release WHEN NEW.released_at < (SELECT keep_until FROM provision_run WHERE id = NEW.run_id) BEGIN SELECT RAISE(ABORT, 'the period of keeping is not over'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER import_receipt_no_update BEFORE UPDATE ON import_receipt BEGIN SELECT RAISE(ABORT, 'import_receipt is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER import_receipt_no_delete BEFORE DELETE ON import_receipt BEGIN SELECT RAISE(ABORT, 'import_receipt is append-only'); END;
-- +goose StatementEnd
