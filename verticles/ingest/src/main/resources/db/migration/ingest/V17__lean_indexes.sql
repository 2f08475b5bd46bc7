-- Indexes are most of what storing an event costs. They are read backwards for what is newest, so that they grow at their end;
-- the few events of one arrival are sorted when read, and share an entry.
DROP INDEX ingest.event_newest;
DROP INDEX ingest.event_by_user;
DROP INDEX ingest.event_by_name;
DROP INDEX ingest.event_by_anonymous_id;
CREATE INDEX event_newest ON ingest.event (received_at);
CREATE INDEX event_by_user ON ingest.event (user_id, received_at) WHERE user_id IS NOT NULL;
CREATE INDEX event_by_name ON ingest.event (name, received_at);
CREATE INDEX event_by_anonymous_id ON ingest.event (anonymous_id, received_at)
  WHERE user_id IS NULL AND anonymous_id IS NOT NULL;

-- A counter that moves again within ten seconds keeps its moment, which is indexed: it is then changed in its place, and no index
-- is touched. Whoever looks for changes since a moment looks ten seconds further back.
ALTER TABLE ingest.usage SET (fillfactor = 70);
CREATE OR REPLACE FUNCTION ingest.usage_changed(bucket date) RETURNS timestamptz
LANGUAGE sql VOLATILE
AS $$
  SELECT GREATEST(
    date_bin('10 seconds', clock_timestamp(), '2000-01-01 00:00+00'),
    CASE WHEN bucket > '-infinity' THEN bucket::timestamp AT TIME ZONE 'UTC' END)
$$;
COMMENT ON COLUMN ingest.usage.changed_at IS 'When it last changed, up to ten seconds earlier; not before the bucket begins, so that what came early is looked at when it starts to count.';
