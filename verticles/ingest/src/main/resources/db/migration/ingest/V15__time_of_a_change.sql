-- When the newest of the events of a counter's last change happened: what came late is no news, however lately it was counted.
ALTER TABLE ingest.usage ADD COLUMN occurred_at timestamptz;
COMMENT ON COLUMN ingest.usage.occurred_at IS 'When the newest event of the last change happened; null when that is not known.';

-- The first day of the time in which a rule over this meter is crossed once: null for a lifetime, the month of the counter, or, for
-- the last n days, the block of n days that is now; blocks are counted from 1970-01-01.
CREATE FUNCTION ingest.rearmed_on(period integer, bucket date) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN period = 0 THEN NULL
    WHEN period = -1 THEN bucket
    ELSE (now() AT TIME ZONE 'UTC')::date - ((now() AT TIME ZONE 'UTC')::date - DATE '1970-01-01') % period
  END
$$;

CREATE OR REPLACE VIEW growth.usage AS
  SELECT m.subject AS subject_kind, u.subject, m.key AS meter,
         CASE m.period WHEN 0 THEN 'lifetime' WHEN -1 THEN 'month' ELSE m.period || 'd' END AS period,
         CASE WHEN u.bucket > '-infinity' THEN u.bucket END AS period_start,
         ingest.is_current(m.period, u.bucket) AS is_current,
         u.amount AS value, u.changed_at, u.occurred_at,
         ingest.rearmed_on(m.period, u.bucket) AS rearmed_on
  FROM ingest.usage u JOIN ingest.meter m ON m.meter_id = u.meter_id AND NOT m.retired;
COMMENT ON COLUMN growth.usage.occurred_at IS 'When the newest event of the last change happened; null when that is not known.';
COMMENT ON COLUMN growth.usage.rearmed_on IS 'First day of the time in which a rule is crossed once; null for a lifetime.';
