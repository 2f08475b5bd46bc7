-- Stores a group of events and counts it, in one statement. Set-returning functions stand in the lists of columns and the answer is
-- one row of arrays, because a row between two steps costs more than what is done with it.
WITH checked AS MATERIALIZED (
  SELECT ingest.counts_under($15::int4) AS ok
), meters AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($14::text::jsonb)
    AS m(meter_id int4, key text, event text, filter jsonpath, sum jsonpath, account bool, period int4)
), input AS (
  SELECT *, (received_ms / 86400000)::int4 AS day
  FROM (
    SELECT unnest($1::uuid[]) AS event_id, unnest($2::text[]) AS name, unnest($3::text[]) AS user_id,
           unnest($4::text[]) AS account_id, unnest($5::text[]) AS anonymous_id, unnest($6::text[]) AS message_id,
           unnest($7::text[]) AS schema_version, unnest($8::int8[]) AS occurred_ms, unnest($9::int8[]) AS sender_ms,
           unnest($10::int8[]) AS received_ms, unnest($11::bool[]) AS verified, unnest($12::int8[]) AS content_hash,
           unnest($13::text[]) AS properties, unnest($16::text[]) AS annotations, unnest($17::text[]) AS consent,
           unnest($18::bool[]) AS gpc
  ) AS e
  WHERE (SELECT ok FROM checked)
), known AS MATERIALIZED (
  SELECT event_id, content_hash FROM ingest.stored_ids($1)
), joining AS MATERIALIZED (
  SELECT * FROM ingest.identity_claims($19::uuid[], $20::text[], $21::text[], $22::text[])
), refused AS (
  SELECT event_id, jsonb_build_array(jsonb_build_object('code', 'already_identified', 'pointer', pointer)) AS note
  FROM joining WHERE refused
), claimed AS (
  INSERT INTO ingest.event_id (event_id, period, content_hash)
  SELECT event_id, generate_series((day - 1) / 35, (day + 1) / 35) AS period, content_hash
  FROM input
  WHERE event_id NOT IN (SELECT event_id FROM known)
  ORDER BY event_id, period
  ON CONFLICT (event_id, period) DO NOTHING
  RETURNING event_id
), inserted AS (
  INSERT INTO ingest.event (event_id, name, user_id, account_id, anonymous_id, message_id,
                            schema_version, occurred_at, sender_occurred_at, received_at, verified, properties, annotations,
                            consent, gpc, meters_revision)
  SELECT event_id, name, user_id, account_id, anonymous_id, message_id, schema_version,
         to_timestamp(occurred_ms / 1000::float8), to_timestamp(sender_ms / 1000::float8),
         to_timestamp(received_ms / 1000::float8), verified, properties::jsonb,
         CASE WHEN event_id IN (SELECT event_id FROM refused)
              THEN COALESCE(annotations::jsonb, '[]') || (SELECT note FROM refused r WHERE r.event_id = input.event_id)
              ELSE annotations::jsonb END,
         consent::jsonb, gpc, $15
  FROM input
  WHERE ((event_id, (day + 1) / 35 - (day - 1) / 35 + 1::int8)
         IN (SELECT event_id, count(*) FROM claimed GROUP BY event_id)) IS TRUE
  RETURNING event_id, name, user_id, account_id, verified, occurred_at,
            CASE WHEN name IN (SELECT event FROM meters WHERE filter IS NOT NULL OR sum IS NOT NULL)
                 THEN properties END AS properties
), counted AS (
  INSERT INTO ingest.usage AS u (meter_id, subject, bucket, amount, changed_at, occurred_at)
  SELECT meter_id, subject, bucket, sum(amount), ingest.usage_changed(bucket), max(occurred_at)
  FROM (
    SELECT m.meter_id, CASE WHEN m.account THEN i.account_id ELSE i.user_id END AS subject,
           ingest.usage_bucket(m.period, i.occurred_at) AS bucket,
           ingest.metered(i.properties, m.filter, m.sum) AS amount, i.occurred_at
    FROM inserted i JOIN meters m ON m.event = i.name
    WHERE i.verified
  ) AS amounts
  WHERE subject IS NOT NULL AND amount IS NOT NULL
  GROUP BY meter_id, subject, bucket
  ORDER BY meter_id, subject, bucket
  ON CONFLICT (meter_id, subject, bucket) DO UPDATE
    SET amount = u.amount + EXCLUDED.amount,
        changed_at = GREATEST(u.changed_at, EXCLUDED.changed_at),
        occurred_at = EXCLUDED.occurred_at
  RETURNING meter_id, subject, bucket, amount, occurred_at
), moved AS (
  SELECT m.meter_id, m.key, m.period, c.subject, c.bucket, c.amount, c.occurred_at
  FROM counted c JOIN meters m USING (meter_id)
  WHERE NOT m.account AND ingest.is_current(m.period, c.bucket)
), reading AS MATERIALIZED (
  SELECT subject, key, ingest.rearmed_on(period, bucket) AS since, occurred_at, amount AS value FROM moved WHERE period <= 0
  UNION ALL
  SELECT subject, key, ingest.rearmed_on(period, NULL), max(occurred_at), sum(amount) + coalesce((
           SELECT sum(u.amount) FROM ingest.usage u
           WHERE u.meter_id = moved.meter_id AND u.subject = moved.subject
             AND ingest.is_current(period, u.bucket) AND u.bucket <> ALL (array_agg(moved.bucket))), 0)
  FROM moved WHERE period > 0 GROUP BY meter_id, key, period, subject
), linked AS (
  INSERT INTO ingest.identity_link (anonymous_id, user_id, event_id)
  SELECT DISTINCT ON (anonymous_id) anonymous_id, user_id, event_id
  FROM joining
  WHERE NOT refused AND event_id IN (SELECT event_id FROM inserted)
  ORDER BY anonymous_id
  ON CONFLICT (anonymous_id) DO NOTHING
)
SELECT ok,
       (SELECT array_agg(event_id) FROM inserted) AS inserted,
       known_ids, known_hashes, subjects, meters, counts, since_ms, occurred_ms
FROM checked,
     (SELECT array_agg(event_id) AS known_ids, array_agg(content_hash) AS known_hashes FROM known) AS k,
     (SELECT array_agg(subject) AS subjects, array_agg(key) AS meters, array_agg(ingest.whole(value)) AS counts,
             array_agg((extract(epoch FROM since) * 1000)::int8) AS since_ms,
             array_agg((extract(epoch FROM occurred_at) * 1000)::int8) AS occurred_ms
      FROM reading WHERE value >= 1) AS r
