ALTER TABLE flags.definition ADD COLUMN changed_revision bigint NOT NULL DEFAULT 0;
UPDATE flags.definition SET changed_revision = (SELECT revision FROM flags.revision);
COMMENT ON COLUMN flags.definition.changed_revision IS 'Revision of all definitions since which the flag says what it says; another flag''s change leaves it alone.';

-- Whoever changes a definition holds the lock of the revision and then raises it by one: that is the revision noted here.
CREATE FUNCTION flags.note_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF TG_OP = 'INSERT'
     OR (NEW.enabled, NEW.rollout_percentage, NEW.target_users, NEW.surface, NEW.targeting::text)
        IS DISTINCT FROM (OLD.enabled, OLD.rollout_percentage, OLD.target_users, OLD.surface, OLD.targeting::text) THEN
    NEW.changed_revision := (SELECT revision + 1 FROM flags.revision);
  ELSE
    NEW.changed_revision := OLD.changed_revision;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON flags.definition
  FOR EACH ROW EXECUTE FUNCTION flags.note_change();
