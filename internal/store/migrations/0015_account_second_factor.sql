-- +goose Up
-- One row and no more: two first runs at the same moment cannot both succeed.
CREATE TABLE installation (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  set_up_at BIGINT NOT NULL
);

-- What lets an operator in without the authenticator, each code once.
CREATE TABLE recovery_code (
  operator_id BIGINT NOT NULL REFERENCES operator (id),
  code_hash BYTEA NOT NULL,
  used_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (operator_id, code_hash)
);

-- Several nodes take ids in blocks, so only the time puts the audit log in order.
CREATE INDEX audit_time ON audit (workspace_id, at, id);
CREATE INDEX membership_operator ON membership (operator_id);
CREATE INDEX session_workspace ON session (workspace_id);
