-- +goose Up
-- Hints at a person's country count together now, and a company counts beside an address of its
-- own alone: all people are to be sorted anew.
UPDATE consent_state SET person_kind = 0 WHERE person_kind <> 0;
