-- +goose Up
-- An attempt that a later one overtook while it was still read is called cut off; it may say once how it ended.
DROP TRIGGER provision_attempt_ended ON provision_attempt;
CREATE TRIGGER provision_attempt_ended BEFORE UPDATE ON provision_attempt FOR EACH ROW WHEN (OLD.ended_at <> 0 AND NOT (
  OLD.outcome = 'uncertain' AND OLD.detail = 'provision.attempt.cut_off'
  AND (NEW.outcome = 'arrived' OR NEW.outcome = 'uncertain' AND NEW.detail = 'provision.attempt.read_whole')
  AND NEW.run_id = OLD.run_id AND NEW.n = OLD.n AND NEW.started_at = OLD.started_at AND NEW.persons = OLD.persons
  AND NEW.size = OLD.size AND NEW.hash = OLD.hash AND NEW.actor = OLD.actor AND NEW.actor_id = OLD.actor_id
  AND NEW.ended_at >= OLD.ended_at)) EXECUTE FUNCTION append_only();
