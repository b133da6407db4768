-- +goose Up
-- Who gets personal data. What stood at a time is a version that never changes; the secrets of the way there are sealed.
CREATE TABLE provision_recipient (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  version BIGINT NOT NULL,
  secrets BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX provision_recipient_workspace ON provision_recipient (workspace_id, id);
CREATE TABLE provision_recipient_version (
  recipient_id BIGINT NOT NULL REFERENCES provision_recipient (id),
  number BIGINT NOT NULL,
  terms TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  PRIMARY KEY (recipient_id, number)
) /*clustered*/;

-- One provision of one data set to one recipient.
CREATE TABLE provision_run (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  programme_id BIGINT NOT NULL REFERENCES provision_programme (id),
  version BIGINT NOT NULL,
  recipient_id BIGINT NOT NULL REFERENCES provision_recipient (id),
  recipient_version BIGINT NOT NULL,
  -- The order as JSON: who, which items, in which form, why; and the salt of the address marks.
  plan TEXT NOT NULL,
  salt BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state = 'counting' OR state = 'planned' OR state = 'preparing' OR state = 'prepared'
    OR state = 'handing' OR state = 'provided' OR state = 'uncertain' OR state = 'not_provided' OR state = 'discarded' OR state = 'failed'),
  -- What was counted, JSON: rows of the preview, who was left out by which rule.
  preview TEXT NOT NULL DEFAULT '{}',
  counts TEXT NOT NULL DEFAULT '{}',
  job_id BIGINT NOT NULL DEFAULT 0,
  approved_at BIGINT NOT NULL DEFAULT 0,
  approved_by BIGINT NOT NULL DEFAULT 0,
  prepared_at BIGINT NOT NULL DEFAULT 0,
  -- handed_at is when the first octet may have left, provided_at when its arrival was acknowledged.
  handed_at BIGINT NOT NULL DEFAULT 0,
  provided_at BIGINT NOT NULL DEFAULT 0,
  proof TEXT NOT NULL DEFAULT '',
  keep_until BIGINT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL
);
CREATE INDEX provision_run_workspace ON provision_run (workspace_id, id);
CREATE INDEX provision_run_recipient ON provision_run (recipient_id, handed_at);

-- The record of the provision, person by person (APPI 29): written with the piece of the data set that the person is in.
CREATE TABLE provision_record (
  run_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  piece BIGINT NOT NULL,
  name TEXT NOT NULL,
  -- SHA-256 of the run's salt and the first mail address as shown; empty for a person without one.
  mark BYTEA NOT NULL,
  consent_id BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, contact_id)
) /*clustered*/;
CREATE INDEX provision_record_person ON provision_record (contact_id, run_id);

-- The data set until it is handed over. lines are its persons: for each, as varints, by how much the contact's id is
-- above that of the one before, and how many octets the line has.
CREATE TABLE provision_piece (
  run_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  persons BIGINT NOT NULL,
  data BYTEA NOT NULL,
  lines BYTEA NOT NULL,
  PRIMARY KEY (run_id, n)
);

-- Persons of a record who were taken out before an attempt; maybe says that an earlier attempt may have carried them.
CREATE TABLE provision_left_out (
  run_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  rule TEXT NOT NULL,
  maybe BOOLEAN NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (run_id, contact_id)
) /*clustered*/;

-- Each time that a data set was on its way: what it was, and what came of it.
CREATE TABLE provision_attempt (
  run_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  persons BIGINT NOT NULL,
  size BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  actor TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  ended_at BIGINT NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, n)
) /*clustered*/;

-- The records of a run may go: written when the law's period is over, and before any is deleted.
CREATE TABLE provision_release (
  run_id BIGINT PRIMARY KEY REFERENCES provision_run (id),
  released_at BIGINT NOT NULL,
  released_by BIGINT NOT NULL
);

-- Agreements to a provision and their withdrawals; the latest of a person counts. recipient_id 0 is everybody whom
-- the programme names; abroad says that the three informations of APPI 28(2) were given.
CREATE TABLE provision_consent (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  programme_id BIGINT NOT NULL REFERENCES provision_programme (id),
  contact_id BIGINT NOT NULL,
  recipient_id BIGINT NOT NULL DEFAULT 0,
  given BOOLEAN NOT NULL,
  abroad BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 0,
  happened_at BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL
);
CREATE INDEX provision_consent_person ON provision_consent (programme_id, contact_id, id);
