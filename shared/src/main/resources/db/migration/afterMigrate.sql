-- Each room may do everything in its own schema and read what schema growth publishes.
DO $$
DECLARE
  room text;
BEGIN
  -- Nodes that start at the same moment would otherwise meet in the catalogue and one of them fail.
  PERFORM pg_advisory_xact_lock(hashtext('growthbus grants'));
  FOREACH room IN ARRAY ARRAY['ingest', 'flags', 'entitlements', 'activation'] LOOP
    IF EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = room)
       AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'growthbus_' || room) THEN
      EXECUTE format('GRANT USAGE ON SCHEMA %I, growth TO %I', room, 'growthbus_' || room);
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', room, 'growthbus_' || room);
      EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', room, 'growthbus_' || room);
      EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA growth TO %I', 'growthbus_' || room);
      EXECUTE format('REVOKE ALL ON growth.generated_secret FROM %I', 'growthbus_' || room);
      -- Room flags answers for the audit of all; the others only add to it.
      IF room <> 'flags' THEN
        EXECUTE format('REVOKE ALL ON growth.audit FROM %I', 'growthbus_' || room);
      END IF;
    END IF;
  END LOOP;
END
$$;
