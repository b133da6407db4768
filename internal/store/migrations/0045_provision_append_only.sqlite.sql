-- +goose Up
-- What proves something is added to, never changed.
-- +goose StatementBegin
CREATE TRIGGER provision_version_no_update BEFORE UPDATE ON provision_version BEGIN SELECT RAISE(ABORT, 'provision_version is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_version_no_delete BEFORE DELETE ON provision_version BEGIN SELECT RAISE(ABORT, 'provision_version is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_step_no_update BEFORE UPDATE ON provision_step BEGIN SELECT RAISE(ABORT, 'provision_step is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_step_no_delete BEFORE DELETE ON provision_step BEGIN SELECT RAISE(ABORT, 'provision_step is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_stop_no_update BEFORE UPDATE ON provision_stop BEGIN SELECT RAISE(ABORT, 'provision_stop is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provision_stop_no_delete BEFORE DELETE ON provision_stop BEGIN SELECT RAISE(ABORT, 'provision_stop is append-only'); END;
-- +goose StatementEnd
