ALTER TABLE ingest.event ADD COLUMN consent jsonb, ADD COLUMN gpc boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ingest.event.consent IS 'What was said about consent: purpose to true, false, or null where it is pending; null when nothing was said.';
COMMENT ON COLUMN ingest.event.gpc IS 'Whether the sender asked that nothing is sold or shared (Global Privacy Control).';

-- What nobody in particular did, by anonymous id: it becomes somebody's when the id is linked.
CREATE INDEX event_by_anonymous_id ON ingest.event (anonymous_id, received_at DESC, event_id DESC)
  WHERE user_id IS NULL AND anonymous_id IS NOT NULL;

CREATE TABLE ingest.identity_link (
  anonymous_id text PRIMARY KEY,
  user_id      text NOT NULL,
  event_id     uuid NOT NULL,
  linked_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX identity_link_by_user ON ingest.identity_link (user_id, linked_at DESC);
COMMENT ON TABLE ingest.identity_link IS 'Whose an anonymous id is; the first link wins and is never changed.';
COMMENT ON COLUMN ingest.identity_link.event_id IS 'The event that made the link.';

-- Which of these claims that an anonymous id is a user''s must be refused: the id is another user''s, also by an earlier claim
-- among these, or is itself a known user. Indexes only, as in ingest.stored_ids.
CREATE FUNCTION ingest.identity_claims(event_ids uuid[], anonymous_ids text[], user_ids text[], pointers text[])
RETURNS TABLE (event_id uuid, anonymous_id text, user_id text, pointer text, refused boolean)
LANGUAGE sql STABLE ROWS 10
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  SELECT c.event_id, c.anonymous_id, c.user_id, c.pointer,
         COALESCE(l.user_id, first_value(c.user_id) OVER (PARTITION BY c.anonymous_id ORDER BY c.place)) <> c.user_id
         OR c.anonymous_id IN (SELECT unnest(user_ids))
         OR EXISTS (SELECT FROM ingest.identity_link k WHERE k.user_id = c.anonymous_id)
  FROM unnest(event_ids, anonymous_ids, user_ids, pointers)
         WITH ORDINALITY AS c(event_id, anonymous_id, user_id, pointer, place)
  LEFT JOIN ingest.identity_link l ON l.anonymous_id = c.anonymous_id
$$;

CREATE VIEW growth.identity_link AS
  SELECT anonymous_id, user_id, linked_at FROM ingest.identity_link;
COMMENT ON VIEW growth.identity_link IS 'Whose an anonymous id is.';
