-- +goose Up
-- What the gate asks of a letter before it is written for anybody: whether it measures who
-- opens or clicks (TRK-01), and about how large it is in units of 1,000 octets (DLV-03).
ALTER TABLE campaign ADD COLUMN tracks BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE campaign ADD COLUMN kilobytes BIGINT NOT NULL DEFAULT 0;
-- Which warnings of the law about people of the audience an approval answers for, as a hash.
ALTER TABLE campaign ADD COLUMN answered TEXT NOT NULL DEFAULT '';
