-- +goose Up
-- Whatever changes a person, an address or what a permission rests on, its kinds are to be sorted anew.
-- +goose StatementBegin
CREATE TRIGGER contact_kind AFTER UPDATE OF family_name, family_kana, display_name, company, prefecture, country, lang, erased_at, merged_into ON contact
WHEN OLD.family_name <> NEW.family_name OR OLD.family_kana <> NEW.family_kana OR OLD.display_name <> NEW.display_name OR OLD.company <> NEW.company
  OR OLD.prefecture <> NEW.prefecture OR OLD.country <> NEW.country OR OLD.lang <> NEW.lang OR OLD.erased_at <> NEW.erased_at OR OLD.merged_into <> NEW.merged_into
BEGIN
  UPDATE consent_state SET person_kind = 0 WHERE person_kind <> 0
    AND address_id IN (SELECT id FROM address WHERE contact_id = NEW.id AND contact_id <> 0);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER address_kind AFTER UPDATE OF contact_id, channel, domain, canonical, erased_at ON address
WHEN OLD.contact_id <> NEW.contact_id OR OLD.channel <> NEW.channel OR OLD.domain <> NEW.domain OR OLD.canonical <> NEW.canonical OR OLD.erased_at <> NEW.erased_at
BEGIN
  UPDATE consent_state SET person_kind = 0 WHERE person_kind <> 0 AND address_id = NEW.id;
  UPDATE consent_state SET person_kind = 0 WHERE (OLD.channel = 'sms' OR NEW.channel = 'sms') AND person_kind <> 0
    AND address_id IN (SELECT id FROM address WHERE contact_id IN (OLD.contact_id, NEW.contact_id) AND contact_id <> 0);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER address_kind_phone AFTER INSERT ON address WHEN NEW.channel = 'sms' AND NEW.contact_id <> 0
BEGIN
  UPDATE consent_state SET person_kind = 0 WHERE person_kind <> 0
    AND address_id IN (SELECT id FROM address WHERE contact_id = NEW.contact_id AND contact_id <> 0);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_basis_kind AFTER UPDATE ON consent_basis
BEGIN
  UPDATE consent_state SET ground_kind = 0 WHERE event_id = NEW.event_id
    AND address_id IN (SELECT address_id FROM consent_event WHERE id = NEW.event_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_basis_kind_gone AFTER DELETE ON consent_basis
BEGIN
  UPDATE consent_state SET ground_kind = 0 WHERE event_id = OLD.event_id
    AND address_id IN (SELECT address_id FROM consent_event WHERE id = OLD.event_id);
END;
-- +goose StatementEnd
