-- Schema growth: what rooms publish for each other and for analysts, read-only for all of them.
CREATE SCHEMA IF NOT EXISTS growth;

-- Secrets that were not configured are made once and shared by all nodes.
CREATE TABLE growth.generated_secret (
  name       text PRIMARY KEY,
  value      text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- One role per room. Without the right to create roles every room works as the connecting user.
DO $$
DECLARE
  room text;
BEGIN
  FOREACH room IN ARRAY ARRAY['ingest', 'flags', 'entitlements', 'activation'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'growthbus_' || room) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', 'growthbus_' || room);
    END IF;
    EXECUTE format('GRANT %I TO CURRENT_USER', 'growthbus_' || room);
  END LOOP;
EXCEPTION
  WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
    RAISE NOTICE 'room roles are not available: %', SQLERRM;
END
$$;
