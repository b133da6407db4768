-- +goose Up
-- What a permission rests on besides the person's own word, beside its event. An event without a row was the
-- person's own express act towards this very workspace (B1 on our forms; grade A says that the mailbox confirmed
-- it). B2, B3 and B4 without a row have no facts, and what has no facts is not passed.
CREATE TABLE consent_basis (
  event_id BIGINT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  -- The legal entity that got the permission; empty is the workspace itself (SEMA 3(1)(i)).
  entity TEXT NOT NULL DEFAULT '',
  -- B3: with whom the business is, empty for the workspace; number of the contract or order; the last transaction.
  counterparty TEXT NOT NULL DEFAULT '',
  transaction_ref TEXT NOT NULL DEFAULT '',
  last_transaction BIGINT NOT NULL DEFAULT 0,
  -- B2: notified in writing; the scan or form, and who received it; whether it declined advertising.
  written BOOLEAN NOT NULL DEFAULT FALSE,
  document TEXT NOT NULL DEFAULT '',
  received_by TEXT NOT NULL DEFAULT '',
  ads_declined BOOLEAN NOT NULL DEFAULT FALSE,
  -- B4: the page, when it was captured or last looked at, the hash of the picture, and whether it declines advertising.
  page_url TEXT NOT NULL DEFAULT '',
  page_captured BIGINT NOT NULL DEFAULT 0,
  page_hash TEXT NOT NULL DEFAULT '',
  page_refuses BOOLEAN NOT NULL DEFAULT FALSE,
  -- An organisation, or an individual in business.
  in_business BOOLEAN NOT NULL DEFAULT FALSE,
  -- Said in so many words, as CASL and UWG ask; else casl is how it is implied: purchase, inquiry, published, disclosed.
  express BOOLEAN NOT NULL DEFAULT FALSE,
  casl TEXT NOT NULL DEFAULT '',
  relevant_to_role BOOLEAN NOT NULL DEFAULT FALSE,
  -- Soft opt-in: the sender's own similar goods, and a way to refuse where the address was collected.
  own_similar BOOLEAN NOT NULL DEFAULT FALSE,
  refusal_offered BOOLEAN NOT NULL DEFAULT FALSE,
  -- Collected by a charity for its charitable purpose alone (PECR 22(3A)).
  charity BOOLEAN NOT NULL DEFAULT FALSE,
  -- The mailbox confirmed, though elsewhere than here.
  double_opt_in BOOLEAN NOT NULL DEFAULT FALSE
);
