-- +goose Up
-- What proves something is added to, never changed.
CREATE TRIGGER provision_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provision_version FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provision_step FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER provision_stop_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provision_stop FOR EACH STATEMENT EXECUTE FUNCTION append_only();
