-- Every crossing is told to ingest as an event, once; a crossing that was there before this is not.
ALTER TABLE activation.crossing ADD COLUMN tell_after timestamptz;
ALTER TABLE activation.crossing ALTER COLUMN tell_after SET DEFAULT clock_timestamp();
CREATE INDEX crossing_untold ON activation.crossing (tell_after) WHERE tell_after IS NOT NULL;
COMMENT ON COLUMN activation.crossing.tell_after IS 'From then on a node tells ingest of it, for as long as nobody has; null: it is told.';
