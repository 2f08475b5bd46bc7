-- Meters: definitions, counters, and the counting of events that were stored before a meter existed.

ALTER TABLE ingest.event ADD COLUMN meters_revision integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN ingest.event.meters_revision IS 'Revision of the definitions of meters by which the event was counted when it was stored.';

-- One row; its lock orders all changes, its number is the revision that every node follows.
CREATE TABLE ingest.meter_revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision integer NOT NULL
);
INSERT INTO ingest.meter_revision (revision) VALUES (0);

-- A row is one way of counting: another definition under the same key is another row, with counters of its own.
CREATE TABLE ingest.meter (
  meter_id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key           text NOT NULL,
  definition    jsonb,
  subject       text NOT NULL CHECK (subject IN ('user', 'account')),
  period        integer NOT NULL CHECK (period BETWEEN -1 AND 366),
  source        text NOT NULL CHECK (source IN ('file', 'api')),
  revision      integer NOT NULL,
  retired       boolean NOT NULL DEFAULT false,
  settled_after xid8
);
CREATE UNIQUE INDEX meter_key ON ingest.meter (key) WHERE NOT retired;
COMMENT ON TABLE ingest.meter IS 'Definitions of meters; retired ones are removed with their counters.';
COMMENT ON COLUMN ingest.meter.definition IS 'As in growth.json; null for a counter that is older than its definition.';
COMMENT ON COLUMN ingest.meter.period IS '0: lifetime, -1: calendar month, n: the last n days; all in UTC.';
COMMENT ON COLUMN ingest.meter.revision IS 'It counts the events that are stored under this revision or a later one.';
COMMENT ON COLUMN ingest.meter.settled_after IS 'Of a retired one: when all transactions up to this one have ended nobody counts by it any more.';

CREATE TABLE ingest.usage (
  meter_id   integer NOT NULL,
  subject    text NOT NULL,
  bucket     date NOT NULL,
  amount     numeric NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (meter_id, subject, bucket)
);
CREATE INDEX usage_changed ON ingest.usage (changed_at);
CREATE INDEX usage_dated ON ingest.usage (meter_id, bucket) WHERE bucket > '-infinity';
COMMENT ON TABLE ingest.usage IS 'Counters; committed together with the events that moved them.';
COMMENT ON COLUMN ingest.usage.subject IS 'User id, or account id for a meter of accounts.';
COMMENT ON COLUMN ingest.usage.bucket IS 'By the time of the event: -infinity for a lifetime, the first of a month, or a day.';
COMMENT ON COLUMN ingest.usage.changed_at IS 'When it last changed; not before the bucket begins, so that what came early is looked at when it starts to count.';

-- Counting events that were stored before the meter existed.
CREATE TABLE ingest.meter_backfill (
  meter_id   integer PRIMARY KEY REFERENCES ingest.meter ON DELETE CASCADE,
  state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'counting', 'merging', 'done')),
  after      xid8,
  next_day   date,
  last_day   date,
  days_done  integer NOT NULL DEFAULT 0,
  days_total integer NOT NULL DEFAULT 0
);
COMMENT ON COLUMN ingest.meter_backfill.after IS 'Begins when all transactions up to this one have ended: then no event is on its way any more that the meter has not counted.';

-- What a backfill has counted, until it is added to the counters; apart, so that counting a day keeps nobody waiting.
CREATE TABLE ingest.meter_backfill_amount (
  meter_id integer NOT NULL REFERENCES ingest.meter ON DELETE CASCADE,
  subject  text NOT NULL,
  bucket   date NOT NULL,
  amount   numeric NOT NULL,
  PRIMARY KEY (meter_id, subject, bucket)
);

-- Whether these are the definitions of this moment. Asked after the transaction has its number: who changes the definitions and
-- then waits for all numbers given out so far has waited for everyone who was told yes.
CREATE FUNCTION ingest.counts_under(expected integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  PERFORM pg_current_xact_id();
  RETURN (SELECT revision = expected FROM ingest.meter_revision);
END
$$;

-- What an event adds to a meter; null when it does not count. The only place that says so, for events as they come and for earlier ones.
-- A number beyond 10^18 is none that is metered, and nine decimal places are kept: a counter stays small whatever is sent.
CREATE FUNCTION ingest.metered(properties jsonb, filter jsonpath, sum jsonpath) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN filter IS NOT NULL AND jsonb_path_match(properties, filter, '{}', true) IS NOT TRUE THEN NULL
    WHEN sum IS NULL THEN 1
    WHEN jsonb_typeof(jsonb_path_query_first(properties, sum, '{}', true)) IS DISTINCT FROM 'number' THEN NULL
    WHEN abs(jsonb_path_query_first(properties, sum, '{}', true)::numeric) > 1e18 THEN NULL
    ELSE round(jsonb_path_query_first(properties, sum, '{}', true)::numeric, 9)
  END
$$;

CREATE FUNCTION ingest.usage_bucket(period integer, occurred_at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE period
    WHEN 0 THEN DATE '-infinity'
    WHEN -1 THEN date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date
    ELSE (occurred_at AT TIME ZONE 'UTC')::date
  END
$$;

-- Whether a bucket belongs to the period that is now.
CREATE FUNCTION ingest.is_current(period integer, bucket date) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE period
    WHEN 0 THEN true
    WHEN -1 THEN bucket = date_trunc('month', now() AT TIME ZONE 'UTC')::date
    ELSE bucket BETWEEN (now() AT TIME ZONE 'UTC')::date - period + 1 AND (now() AT TIME ZONE 'UTC')::date
  END
$$;

CREATE FUNCTION ingest.usage_changed(bucket date) RETURNS timestamptz
LANGUAGE sql VOLATILE
AS $$ SELECT GREATEST(clock_timestamp(), CASE WHEN bucket > '-infinity' THEN bucket::timestamp AT TIME ZONE 'UTC' END) $$;

-- The whole part, which says of every whole threshold whether it is reached.
CREATE FUNCTION ingest.whole(amount numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT LEAST(GREATEST(floor(amount), -9223372036854775808), 9223372036854775807)::bigint $$;

INSERT INTO ingest.meter (key, definition, subject, period, source, revision)
SELECT DISTINCT meter, NULL::jsonb, 'user', 0, 'file', 0 FROM ingest.usage_counter ORDER BY meter;

INSERT INTO ingest.usage (meter_id, subject, bucket, amount, changed_at)
SELECT m.meter_id, c.user_id, '-infinity', c.count, c.changed_at
FROM ingest.usage_counter c JOIN ingest.meter m ON m.key = c.meter;

CREATE VIEW growth.usage AS
  SELECT m.subject AS subject_kind, u.subject, m.key AS meter,
         CASE m.period WHEN 0 THEN 'lifetime' WHEN -1 THEN 'month' ELSE m.period || 'd' END AS period,
         CASE WHEN u.bucket > '-infinity' THEN u.bucket END AS period_start,
         ingest.is_current(m.period, u.bucket) AS is_current,
         u.amount AS value, u.changed_at
  FROM ingest.usage u JOIN ingest.meter m ON m.meter_id = u.meter_id AND NOT m.retired;
COMMENT ON VIEW growth.usage IS 'Usage of users and accounts per meter and period; per day for a meter over the last days. Dates are those of UTC.';
COMMENT ON COLUMN growth.usage.period_start IS 'Null for a lifetime; the first of the month; or the day.';
COMMENT ON COLUMN growth.usage.is_current IS 'Whether it belongs to the period that is now.';

CREATE OR REPLACE VIEW growth.usage_counter AS
  SELECT subject AS user_id, meter, ingest.whole(sum(value)) AS count, max(changed_at) AS changed_at
  FROM growth.usage
  WHERE subject_kind = 'user' AND is_current
  GROUP BY subject, meter;
COMMENT ON VIEW growth.usage_counter IS 'Usage per user and meter in the period that is now, in whole numbers.';

DROP TABLE ingest.usage_counter;
