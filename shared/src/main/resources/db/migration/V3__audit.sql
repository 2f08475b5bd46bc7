-- Who changed what of the things that operators define: one row per change, written in the transaction of the change.
CREATE TABLE growth.audit (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  room       text NOT NULL,
  actor      text NOT NULL,
  action     text NOT NULL CHECK (action IN ('added', 'changed', 'removed')),
  kind       text NOT NULL,
  key        text NOT NULL,
  revision   bigint NOT NULL,
  before     jsonb,
  after      jsonb
);
CREATE INDEX audit_of_thing ON growth.audit (kind, key, id);
CREATE INDEX audit_of_actor ON growth.audit (actor, id);
COMMENT ON TABLE growth.audit IS 'Changes of flags, segments, holdouts, schedules, meters and contracts; rooms add to it and change nothing of it.';
COMMENT ON COLUMN growth.audit.actor IS 'operator, file (growth.json), schedule, or erasure (of a user whom the thing named).';
COMMENT ON COLUMN growth.audit.revision IS 'Of all things of the kind, after the change.';
COMMENT ON COLUMN growth.audit.before IS 'Null when there was nothing, and when it named a user who was erased by this change.';

-- Notes a change of a room; only the room itself speaks for a room.
CREATE FUNCTION growth.note_change(the_room text, the_actor text, the_action text, the_kind text, the_key text,
                                   the_revision bigint, was jsonb, becomes jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM growth.check_erasing_room(the_room);
  INSERT INTO growth.audit (room, actor, action, kind, key, revision, before, after)
  VALUES (the_room, the_actor, the_action, the_kind, the_key, the_revision, was, becomes);
END
$$;

-- A document with a marker in place of every text that is the mention.
CREATE FUNCTION growth.without_mention(document jsonb, mention text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE jsonb_typeof(document)
    WHEN 'string' THEN CASE WHEN document #>> '{}' = mention THEN to_jsonb('[erased]'::text) ELSE document END
    WHEN 'array' THEN (SELECT coalesce(jsonb_agg(growth.without_mention(element, mention) ORDER BY place), '[]')
                       FROM jsonb_array_elements(document) WITH ORDINALITY AS elements (element, place))
    WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(name, growth.without_mention(value, mention)), '{}')
                        FROM jsonb_each(document) AS members (name, value))
    ELSE document
  END;
END
$$;

-- Takes a user out of what the changes of all rooms show.
CREATE FUNCTION growth.erase_from_audit(the_user text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE growth.audit
  SET before = growth.without_mention(before, the_user), after = growth.without_mention(after, the_user)
  WHERE strpos(before::text, to_json(the_user)::text) > 0 OR strpos(after::text, to_json(the_user)::text) > 0;
END
$$;

REVOKE ALL ON FUNCTION
  growth.note_change(text, text, text, text, text, bigint, jsonb, jsonb), growth.without_mention(jsonb, text),
  growth.erase_from_audit(text)
FROM PUBLIC;
DO $$
DECLARE
  room text;
BEGIN
  FOREACH room IN ARRAY ARRAY['ingest', 'flags', 'entitlements', 'activation'] LOOP
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'growthbus_' || room) THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION growth.note_change(text, text, text, text, text, bigint, jsonb, jsonb) TO %I',
                     'growthbus_' || room);
    END IF;
  END LOOP;
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'growthbus_flags') THEN
    GRANT EXECUTE ON FUNCTION growth.erase_from_audit(text) TO growthbus_flags;
  END IF;
END
$$;
