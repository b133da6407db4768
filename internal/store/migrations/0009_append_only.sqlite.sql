-- +goose Up
-- What proves something is added to, never changed. Evidence may be destroyed (erasure), not edited.
-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_event_no_update BEFORE UPDATE ON consent_event BEGIN SELECT RAISE(ABORT, 'consent_event is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_event_no_delete BEFORE DELETE ON consent_event BEGIN SELECT RAISE(ABORT, 'consent_event is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_leaf_no_update BEFORE UPDATE ON consent_leaf BEGIN SELECT RAISE(ABORT, 'consent_leaf is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_leaf_no_delete BEFORE DELETE ON consent_leaf BEGIN SELECT RAISE(ABORT, 'consent_leaf is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER wording_no_update BEFORE UPDATE ON wording BEGIN SELECT RAISE(ABORT, 'wording is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER wording_no_delete BEFORE DELETE ON wording BEGIN SELECT RAISE(ABORT, 'wording is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER form_version_no_update BEFORE UPDATE ON form_version BEGIN SELECT RAISE(ABORT, 'form_version is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER form_version_no_delete BEFORE DELETE ON form_version BEGIN SELECT RAISE(ABORT, 'form_version is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER campaign_version_no_update BEFORE UPDATE ON campaign_version BEGIN SELECT RAISE(ABORT, 'campaign_version is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER campaign_version_no_delete BEFORE DELETE ON campaign_version BEGIN SELECT RAISE(ABORT, 'campaign_version is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_evidence_no_update BEFORE UPDATE ON consent_evidence BEGIN SELECT RAISE(ABORT, 'consent_evidence cannot be edited'); END;
-- +goose StatementEnd
