-- These two are asked with every commit. As functions of PL/pgSQL they keep their plans for the length of a session; in plain SQL
-- they were planned anew each time, which cost more than a small commit itself. Who claims nothing is not asked at all.
CREATE OR REPLACE FUNCTION ingest.stored_ids(ids uuid[]) RETURNS TABLE (event_id uuid, content_hash bigint)
LANGUAGE plpgsql STABLE ROWS 10
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT DISTINCT ON (k.event_id) k.event_id, k.content_hash
    FROM unnest(ids) AS i(id) JOIN ingest.event_id k ON k.event_id = i.id
    ORDER BY k.event_id, k.period;
END
$$;

CREATE OR REPLACE FUNCTION ingest.identity_claims(event_ids uuid[], anonymous_ids text[], user_ids text[], pointers text[])
RETURNS TABLE (event_id uuid, anonymous_id text, user_id text, pointer text, refused boolean)
LANGUAGE plpgsql STABLE ROWS 10
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
  IF cardinality(event_ids) = 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT c.event_id, c.anonymous_id, c.user_id, c.pointer,
           COALESCE(l.user_id, first_value(c.user_id) OVER (PARTITION BY c.anonymous_id ORDER BY c.place)) <> c.user_id
           OR c.anonymous_id IN (SELECT unnest(user_ids))
           OR EXISTS (SELECT FROM ingest.identity_link k WHERE k.user_id = c.anonymous_id)
    FROM unnest(event_ids, anonymous_ids, user_ids, pointers)
           WITH ORDINALITY AS c(event_id, anonymous_id, user_id, pointer, place)
    LEFT JOIN ingest.identity_link l ON l.anonymous_id = c.anonymous_id;
END
$$;
