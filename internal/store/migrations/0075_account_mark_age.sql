-- +goose Up
-- When each mark of a domain was last answered for: one that nobody answers for any more grows
-- old by itself. Until the next look the last green answer stands for all of them.
ALTER TABLE sending_domain ADD COLUMN spf_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sending_domain ADD COLUMN dkim_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sending_domain ADD COLUMN dmarc_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sending_domain ADD COLUMN ptr_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sending_domain ADD COLUMN reach_at BIGINT NOT NULL DEFAULT 0;
UPDATE sending_domain SET spf_at = green_at, dkim_at = green_at, dmarc_at = green_at, ptr_at = green_at, reach_at = green_at;
