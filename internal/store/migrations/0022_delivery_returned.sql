-- +goose Up
-- What came back about a message, once for each kind: hard (the address is dead), soft
-- (the address, or its server, did not take it this time), other (somebody else is to
-- blame), complaint. It has no words of the report, for they name people.
CREATE TABLE returned (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  address_id BIGINT NOT NULL,
  outbox_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind = 'hard' OR kind = 'soft' OR kind = 'other' OR kind = 'complaint'),
  status TEXT NOT NULL DEFAULT '',
  blame TEXT NOT NULL DEFAULT '',
  rule TEXT NOT NULL DEFAULT '',
  -- session, mail, or the provider whose hook told us.
  source TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE UNIQUE INDEX returned_once ON returned (outbox_id, kind);
CREATE INDEX returned_address ON returned (address_id, at);
-- The events of a relay's hooks that were acted on; a relay sends some of them twice.
CREATE TABLE feedback_event (
  provider TEXT NOT NULL,
  event TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (provider, event)
) /*clustered*/;
CREATE INDEX feedback_event_age ON feedback_event (at);
