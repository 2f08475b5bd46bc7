CREATE SCHEMA ingest;

-- One partition per day of arrival (UTC). No primary key: across days it cannot be unique, ids are kept in event_id.
CREATE TABLE ingest.event (
  event_id           uuid NOT NULL,
  name               text NOT NULL,
  user_id            text,
  account_id         text,
  anonymous_id       text,
  schema_version     text NOT NULL,
  occurred_at        timestamptz NOT NULL,
  received_at        timestamptz NOT NULL,
  verified           boolean NOT NULL,
  properties         jsonb NOT NULL,
  sender_occurred_at timestamptz NOT NULL,
  message_id         text
) PARTITION BY RANGE (received_at);
CREATE INDEX event_newest ON ingest.event (received_at DESC, event_id DESC);
CREATE INDEX event_by_user ON ingest.event (user_id, received_at DESC, event_id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX event_by_name ON ingest.event (name, received_at DESC, event_id DESC);

COMMENT ON TABLE ingest.event IS 'Every accepted event, once; partitioned by the day of arrival (UTC).';
COMMENT ON COLUMN ingest.event.event_id IS 'Given by the sender; the key under which a repetition is recognised.';
COMMENT ON COLUMN ingest.event.occurred_at IS 'When it happened: the time of the sender, corrected by how far its clock was off.';
COMMENT ON COLUMN ingest.event.received_at IS 'When the server got it.';
COMMENT ON COLUMN ingest.event.verified IS 'Whether the user was proven by a token or the secret key; only such events move counters.';
COMMENT ON COLUMN ingest.event.sender_occurred_at IS 'When it happened by the clock of the sender, as sent.';
COMMENT ON COLUMN ingest.event.message_id IS 'Id that the sender uses for the event where that is not a UUID.';

-- The ids of 35 days. A period is 35 days, numbered from 1970-01-01; an id is looked for in all of them and stored in
-- that of its arrival, on the last and the first day of a period in both. So two commits at the same time that carry
-- one id always meet at one key, and everything older is found by looking.
CREATE TABLE ingest.event_id (
  event_id     uuid NOT NULL,
  period       integer NOT NULL,
  content_hash bigint NOT NULL,
  PRIMARY KEY (event_id, period)
) PARTITION BY LIST (period);

COMMENT ON TABLE ingest.event_id IS 'Ids of the stored events of at least 35 days, by which a repetition is recognised.';
COMMENT ON COLUMN ingest.event_id.period IS 'Days since 1970-01-01 divided by 35; whole periods are dropped.';
COMMENT ON COLUMN ingest.event_id.content_hash IS 'Tells a repetition from another event under the same id.';

-- What is stored of these ids, at most one row each. The plan is fixed to one descent of an index per id and partition: a plan
-- that was made when the tables were small and is kept while they grow would read them whole.
CREATE FUNCTION ingest.stored_ids(ids uuid[]) RETURNS TABLE (event_id uuid, content_hash bigint)
LANGUAGE sql STABLE ROWS 10
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  SELECT DISTINCT ON (k.event_id) k.event_id, k.content_hash
  FROM unnest(ids) AS i(id) JOIN ingest.event_id k ON k.event_id = i.id
  ORDER BY k.event_id, k.period
$$;

CREATE FUNCTION ingest.has_partition(partition text) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'ingest' AND c.relname = partition)
$$;

-- A partition is made beside its table and then attached, which does not wait for readers and writers. Whether it exists is
-- asked of the catalog by a query: a look-up by name may answer from before the lock.
CREATE FUNCTION ingest.add_partition(parent text, suffix text, bounds text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  partition text := parent || '_p' || suffix;
BEGIN
  IF NOT ingest.has_partition(partition) THEN
    PERFORM pg_advisory_xact_lock(hashtext('ingest.partitions'));
    IF NOT ingest.has_partition(partition) THEN
      EXECUTE format('CREATE TABLE ingest.%I (LIKE ingest.%I)', partition, parent);
      EXECUTE format('ALTER TABLE ingest.%I ATTACH PARTITION ingest.%I FOR VALUES %s', parent, partition, bounds);
    END IF;
  END IF;
END
$$;

-- Everything that an event which arrives on this day (UTC) needs; several nodes may ask at once.
CREATE FUNCTION ingest.add_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  number integer := day - DATE '1970-01-01';
BEGIN
  FOR period IN (number - 1) / 35 .. (number + 1) / 35 LOOP
    PERFORM ingest.add_partition('event_id', lpad(period::text, 5, '0'), format('IN (%s)', period));
  END LOOP;
  PERFORM ingest.add_partition(
    'event', to_char(day, 'YYYYMMDD'), format('FROM (%L) TO (%L)', day || ' 00:00:00+00', day + 1 || ' 00:00:00+00'));
END
$$;

-- Drops the oldest partition below a name and says which; null when there is none. It has to keep everyone off the table for the
-- moment of the drop and gives up when it cannot soon.
CREATE FUNCTION ingest.drop_oldest_partition(parent text, below text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  oldest text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ingest.partitions'));
  SELECT min(c.relname::text COLLATE "C") INTO oldest
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = to_regclass(format('ingest.%I', parent)) AND c.relname::text COLLATE "C" < parent || '_p' || below;
  IF oldest IS NOT NULL THEN
    EXECUTE format('DROP TABLE ingest.%I', oldest);
  END IF;
  RETURN oldest;
END
$$;

-- Drops the oldest day of events before this one.
CREATE FUNCTION ingest.drop_day_before(day date) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s'
AS $$ SELECT ingest.drop_oldest_partition('event', to_char(day, 'YYYYMMDD')) $$;

-- Drops the oldest period of ids that nobody looks for any more on this day, nor on the day before by a slower clock.
CREATE FUNCTION ingest.drop_period_unused_on(day date) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s'
AS $$ SELECT ingest.drop_oldest_partition('event_id', lpad(((day - DATE '1970-01-01' - 2) / 35 - 1)::text, 5, '0')) $$;

-- These act with the rights of the owner: for the room only, not for whoever may read the schema.
REVOKE ALL ON FUNCTION
  ingest.add_partition(text, text, text), ingest.add_day(date), ingest.drop_oldest_partition(text, text),
  ingest.drop_day_before(date), ingest.drop_period_unused_on(date)
FROM PUBLIC;
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'growthbus_ingest') THEN
    GRANT EXECUTE ON FUNCTION
      ingest.add_day(date), ingest.drop_day_before(date), ingest.drop_period_unused_on(date)
    TO growthbus_ingest;
  END IF;
END
$$;

CREATE TABLE ingest.usage_counter (
  user_id    text NOT NULL,
  meter      text NOT NULL,
  count      bigint NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, meter)
);
CREATE INDEX usage_counter_changed ON ingest.usage_counter (changed_at);

COMMENT ON TABLE ingest.usage_counter IS 'How many stored, verified events of a meter a user has; committed together with the events.';

-- Schema growth belongs to all rooms; each publishes its own views there.
CREATE VIEW growth.usage_counter AS
  SELECT user_id, meter, count, changed_at FROM ingest.usage_counter;
COMMENT ON VIEW growth.usage_counter IS 'Usage per user and meter.';
