-- +goose Up
-- What the domain name system said of a domain at the last answer, in the words of the
-- law's facts; looked_at is the last question, green_at the last answer in which SPF, DKIM
-- and DMARC all passed. seen holds what each mark rests on (JSON).
ALTER TABLE sending_domain ADD COLUMN spf TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE sending_domain ADD COLUMN dkim TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE sending_domain ADD COLUMN dmarc TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE sending_domain ADD COLUMN ptr TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE sending_domain ADD COLUMN reach TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE sending_domain ADD COLUMN plain BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sending_domain ADD COLUMN mixed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sending_domain ADD COLUMN seen TEXT NOT NULL DEFAULT '';
ALTER TABLE sending_domain ADD COLUMN looked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sending_domain ADD COLUMN green_at BIGINT NOT NULL DEFAULT 0;

-- What receivers answered and reported of a workspace in the last seven days, counted
-- every few minutes.
CREATE TABLE workspace_figure (
  workspace_id BIGINT PRIMARY KEY REFERENCES workspace (id),
  complaints BIGINT NOT NULL,
  delivered BIGINT NOT NULL,
  -- The highest share of unknown addresses at a carrier, in millionths, and which it is.
  unknown_rate BIGINT NOT NULL,
  unknown_lane TEXT NOT NULL,
  -- How long the slowest refusal took to take effect, in seconds.
  refusal_seconds BIGINT NOT NULL DEFAULT 0,
  counted_at BIGINT NOT NULL
);
