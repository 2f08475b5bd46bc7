-- What was in force when: written by triggers, so that no writer of a definition can forget it.
CREATE TABLE flags.definition_history (
  kind       text NOT NULL CHECK (kind IN ('flag', 'segment', 'holdout')),
  key        text NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_to   timestamptz CHECK (valid_to > valid_from),
  definition json,
  source     text NOT NULL CHECK (source IN ('file', 'api')),
  revision   bigint NOT NULL,
  PRIMARY KEY (kind, key, valid_from)
);
CREATE UNIQUE INDEX definition_history_now ON flags.definition_history (kind, key) WHERE valid_to IS NULL;
CREATE INDEX definition_history_ended ON flags.definition_history (valid_to) WHERE valid_to IS NOT NULL;
COMMENT ON COLUMN flags.definition_history.valid_to IS 'The first moment at which it was not in force any more; null = it is now.';
COMMENT ON COLUMN flags.definition_history.definition IS 'Null from when it was removed.';
COMMENT ON COLUMN flags.definition_history.revision IS 'The revision of all flags that came with it.';

-- One row: before this moment it is not known what was in force.
CREATE TABLE flags.history (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  began_at timestamptz NOT NULL
);
INSERT INTO flags.history (began_at) VALUES (now());

-- A flag in the form in which messages carry it.
CREATE FUNCTION flags.form_of(d flags.definition) RETURNS json
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT json_build_object('key', d.key, 'enabled', d.enabled, 'rolloutPercentage', d.rollout_percentage,
                           'targetUsers', d.target_users, 'surface', d.surface, 'targeting', d.targeting)
$$;

-- From now on this is in force. All changes of a transaction carry its time; a transaction that waited for another one
-- comes after it, whatever their clocks say.
CREATE FUNCTION flags.put_in_force(the_kind text, the_key text, the_source text, the_definition json) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  former flags.definition_history;
  since timestamptz := now();
  with_revision bigint := (SELECT revision + 1 FROM flags.revision);
BEGIN
  SELECT * INTO former FROM flags.definition_history
  WHERE kind = the_kind AND key = the_key AND valid_to IS NULL FOR UPDATE;
  IF FOUND THEN
    IF former.definition::text IS NOT DISTINCT FROM the_definition::text AND former.source = the_source THEN
      RETURN;
    END IF;
    IF former.definition::text IS NOT DISTINCT FROM the_definition::text THEN
      -- A change of the source alone makes no revision.
      with_revision := former.revision;
    END IF;
    IF since <= former.valid_from THEN
      UPDATE flags.definition_history
      SET definition = the_definition, source = the_source, revision = with_revision
      WHERE kind = the_kind AND key = the_key AND valid_from = former.valid_from;
      RETURN;
    END IF;
    UPDATE flags.definition_history SET valid_to = since
    WHERE kind = the_kind AND key = the_key AND valid_from = former.valid_from;
  END IF;
  INSERT INTO flags.definition_history (kind, key, valid_from, definition, source, revision)
  VALUES (the_kind, the_key, since, the_definition, the_source, with_revision);
END
$$;

CREATE FUNCTION flags.keep_flag() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM flags.put_in_force('flag', OLD.key, OLD.source, NULL);
  ELSE
    PERFORM flags.put_in_force('flag', NEW.key, NEW.source, flags.form_of(NEW));
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION flags.keep_part() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM flags.put_in_force(TG_ARGV[0], OLD.key, OLD.source, NULL);
  ELSE
    PERFORM flags.put_in_force(TG_ARGV[0], NEW.key, NEW.source, NEW.definition);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER keep_history AFTER INSERT OR UPDATE OR DELETE ON flags.definition
FOR EACH ROW EXECUTE FUNCTION flags.keep_flag();
CREATE TRIGGER keep_history AFTER INSERT OR UPDATE OR DELETE ON flags.segment
FOR EACH ROW EXECUTE FUNCTION flags.keep_part('segment');
CREATE TRIGGER keep_history AFTER INSERT OR UPDATE OR DELETE ON flags.holdout
FOR EACH ROW EXECUTE FUNCTION flags.keep_part('holdout');

INSERT INTO flags.definition_history (kind, key, valid_from, definition, source, revision)
SELECT 'flag', d.key, now(), flags.form_of(d), d.source, r.revision FROM flags.definition d, flags.revision r
UNION ALL
SELECT 'segment', s.key, now(), s.definition, s.source, r.revision FROM flags.segment s, flags.revision r
UNION ALL
SELECT 'holdout', h.key, now(), h.definition, h.source, r.revision FROM flags.holdout h, flags.revision r;
