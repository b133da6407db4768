-- +goose Up
-- Mail that readers wrote to us, on its way to the company's people. It lies here for a
-- week at most, and goes when its author is erased.
CREATE TABLE forwarded_mail (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  -- sender is the author's address in its canonical form, as far as it has one.
  sender TEXT NOT NULL DEFAULT '',
  data BYTEA NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX forwarded_mail_age ON forwarded_mail (received_at);
CREATE INDEX forwarded_mail_sender ON forwarded_mail (sender);
