-- +goose Up
CREATE TABLE contact (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  family_name TEXT NOT NULL DEFAULT '',
  given_name TEXT NOT NULL DEFAULT '',
  family_kana TEXT NOT NULL DEFAULT '',
  given_kana TEXT NOT NULL DEFAULT '',
  display_name TEXT NOT NULL DEFAULT '',
  company TEXT NOT NULL DEFAULT '',
  department TEXT NOT NULL DEFAULT '',
  title TEXT NOT NULL DEFAULT '',
  postal_code TEXT NOT NULL DEFAULT '',
  prefecture TEXT NOT NULL DEFAULT '',
  country TEXT NOT NULL DEFAULT '',
  lang TEXT NOT NULL DEFAULT '',
  attrs TEXT NOT NULL DEFAULT '{}',
  -- Folded names, company and addresses, for searching; see kana.SearchKey.
  search_key TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  erased_at BIGINT NOT NULL DEFAULT 0,
  merged_into BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX contact_workspace ON contact (workspace_id, id);

-- One point of contact. contact_id is 0 while nobody has confirmed it.
CREATE TABLE address (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  contact_id BIGINT NOT NULL DEFAULT 0,
  -- Not IN: SQLite builds a table of such a list for every statement and looks in it for every row.
  channel TEXT NOT NULL CHECK (channel = 'email' OR channel = 'line' OR channel = 'sms'),
  -- canonical and shown are emptied by erasure; hash stays, so that a no survives.
  canonical TEXT NOT NULL,
  shown TEXT NOT NULL,
  domain TEXT NOT NULL DEFAULT '',
  hash BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  erased_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX address_hash ON address (workspace_id, hash);
CREATE INDEX address_contact ON address (contact_id) WHERE contact_id <> 0;

-- Own fields, each with a stated use (purpose of holding it).
CREATE TABLE attribute (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  key TEXT NOT NULL,
  label_ja TEXT NOT NULL,
  label_en TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'number', 'date', 'choice', 'yes_no')),
  choices TEXT NOT NULL DEFAULT '[]',
  use_ja TEXT NOT NULL,
  use_en TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (workspace_id, key)
);
CREATE TABLE note (
  id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL REFERENCES workspace (id),
  contact_id BIGINT NOT NULL REFERENCES contact (id),
  at BIGINT NOT NULL,
  operator_id BIGINT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX note_contact ON note (contact_id);
