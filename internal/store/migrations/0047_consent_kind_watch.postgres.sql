-- +goose Up
-- Whatever changes a person, an address or what a permission rests on, its kinds are to be sorted anew.
-- Whoever writes about an address holds its row: a kind that is just being worked out is waited for.
-- +goose StatementBegin
CREATE FUNCTION unsort_people(one BIGINT, other BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM address WHERE contact_id IN (one, other) AND contact_id <> 0 ORDER BY id FOR NO KEY UPDATE;
  UPDATE consent_state s SET person_kind = 0 FROM address a
    WHERE a.contact_id IN (one, other) AND a.contact_id <> 0 AND s.address_id = a.id AND s.person_kind <> 0;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION unsort_contact() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  PERFORM unsort_people(NEW.id, NEW.id);
  RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION unsort_address() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  UPDATE consent_state SET person_kind = 0 WHERE address_id = NEW.id AND person_kind <> 0;
  IF OLD.channel = 'sms' OR NEW.channel = 'sms' THEN
    PERFORM unsort_people(OLD.contact_id, NEW.contact_id);
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION unsort_phone() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  PERFORM unsort_people(NEW.contact_id, NEW.contact_id);
  RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION unsort_ground() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  UPDATE consent_state SET ground_kind = 0 WHERE event_id = OLD.event_id
    AND address_id IN (SELECT address_id FROM consent_event WHERE id = OLD.event_id);
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER contact_kind AFTER UPDATE OF family_name, family_kana, display_name, company, prefecture, country, lang, erased_at, merged_into ON contact FOR EACH ROW
WHEN (OLD.family_name <> NEW.family_name OR OLD.family_kana <> NEW.family_kana OR OLD.display_name <> NEW.display_name OR OLD.company <> NEW.company
  OR OLD.prefecture <> NEW.prefecture OR OLD.country <> NEW.country OR OLD.lang <> NEW.lang OR OLD.erased_at <> NEW.erased_at OR OLD.merged_into <> NEW.merged_into)
EXECUTE FUNCTION unsort_contact();
CREATE TRIGGER address_kind AFTER UPDATE OF contact_id, channel, domain, canonical, erased_at ON address FOR EACH ROW
WHEN (OLD.contact_id <> NEW.contact_id OR OLD.channel <> NEW.channel OR OLD.domain <> NEW.domain OR OLD.canonical <> NEW.canonical OR OLD.erased_at <> NEW.erased_at)
EXECUTE FUNCTION unsort_address();
CREATE TRIGGER address_kind_phone AFTER INSERT ON address FOR EACH ROW
WHEN (NEW.channel = 'sms' AND NEW.contact_id <> 0) EXECUTE FUNCTION unsort_phone();
CREATE TRIGGER consent_basis_kind AFTER UPDATE OR DELETE ON consent_basis FOR EACH ROW EXECUTE FUNCTION unsort_ground();
