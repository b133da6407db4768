-- +goose Up
-- Who answered for which warnings about a draft. Several people may be needed: one who did
-- not write it, and one who may answer for what the law warns of. An approval counts for
-- the draft as it was then, and is kept as a record of it. Approvals given before are
-- hashes that tell nothing: such drafts are approved anew.
CREATE TABLE campaign_approval (
  id BIGINT PRIMARY KEY,
  campaign_id BIGINT NOT NULL REFERENCES campaign (id),
  -- The draft's updated_at.
  draft_at BIGINT NOT NULL,
  operator_id BIGINT NOT NULL,
  approved_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  -- JSON array of rule ids and keys.
  answers TEXT NOT NULL,
  -- Not 0 when somebody took it back.
  void_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX campaign_approval_campaign ON campaign_approval (campaign_id, id);

ALTER TABLE campaign DROP COLUMN approved;
ALTER TABLE campaign DROP COLUMN answered;
ALTER TABLE campaign DROP COLUMN approved_by;
ALTER TABLE campaign DROP COLUMN approved_at;
ALTER TABLE campaign DROP COLUMN approved_reason;
