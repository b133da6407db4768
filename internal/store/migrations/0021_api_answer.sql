-- +goose Up
-- What a program was answered, to be answered the same when it asks again with the
-- same Idempotency-Key. token is the hash of that key, request the hash of what was
-- asked; the body is sealed. subject is the keyed hash of the address it is about; the
-- body goes when that person is erased. Rows live for a day. status 0: not answered yet.
CREATE TABLE api_answer (
  key_id BIGINT NOT NULL,
  token BYTEA NOT NULL,
  claimed_at BIGINT NOT NULL,
  status BIGINT NOT NULL DEFAULT 0,
  request BYTEA,
  headers TEXT NOT NULL DEFAULT '{}',
  body BYTEA,
  subject BYTEA,
  PRIMARY KEY (key_id, token)
);
CREATE INDEX api_answer_age ON api_answer (claimed_at);
CREATE INDEX api_answer_subject ON api_answer (subject);
