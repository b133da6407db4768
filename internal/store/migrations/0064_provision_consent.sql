-- +goose Up
-- What people said of a provision: by person whatever the programme, by programme with the latest first, and whose
-- consents stand, for which the rows themselves need not be read.
CREATE INDEX provision_consent_contact ON provision_consent (contact_id, id);
CREATE INDEX provision_consent_programme ON provision_consent (programme_id, id);
CREATE INDEX provision_consent_given ON provision_consent (programme_id, given, contact_id, recipient_id, happened_at, id);
