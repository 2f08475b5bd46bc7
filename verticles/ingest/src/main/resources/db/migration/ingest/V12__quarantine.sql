-- Events that were refused for their content. Texts are never parsed by the database: what no jsonb holds is kept too.
CREATE TABLE ingest.quarantine (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fingerprint    uuid NOT NULL UNIQUE,
  event          text NOT NULL,
  code           text NOT NULL,
  pointer        text NOT NULL,
  schema_version text NOT NULL,
  message        text NOT NULL,
  event_id       uuid,
  user_id        text,
  proven         boolean NOT NULL,
  believed       boolean NOT NULL,
  gpc            boolean NOT NULL,
  stored_before  boolean NOT NULL,
  received_at    timestamptz NOT NULL,
  behind_ms      bigint NOT NULL,
  first_seen     timestamptz NOT NULL,
  last_seen      timestamptz NOT NULL,
  count          bigint NOT NULL,
  content        text NOT NULL,
  whole          boolean NOT NULL
);
CREATE INDEX quarantine_group ON ingest.quarantine (event, code, pointer, schema_version, id);
CREATE INDEX quarantine_by_user ON ingest.quarantine (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX quarantine_received ON ingest.quarantine (received_at);

COMMENT ON TABLE ingest.quarantine IS 'Refused events, scrubbed, once per content and reason; replayed into ingest.event after a fix.';
COMMENT ON COLUMN ingest.quarantine.fingerprint IS 'Equal for repetitions: content, reason, standing of the sender.';
COMMENT ON COLUMN ingest.quarantine.event IS 'Name of the event; empty when it has no legible one.';
COMMENT ON COLUMN ingest.quarantine.schema_version IS 'As sent; empty when there is no legible one.';
COMMENT ON COLUMN ingest.quarantine.user_id IS 'User that the event names, else the one of the sender''s token.';
COMMENT ON COLUMN ingest.quarantine.proven IS 'Whether the sender''s token proved the user.';
COMMENT ON COLUMN ingest.quarantine.believed IS 'Whether the sender could speak for any user.';
COMMENT ON COLUMN ingest.quarantine.gpc IS 'Whether the sender asked that nothing is sold or shared (Sec-GPC).';
COMMENT ON COLUMN ingest.quarantine.stored_before IS 'Whether an event of this id was stored already; such a row is a duplicate and never stored.';
COMMENT ON COLUMN ingest.quarantine.received_at IS 'When it came first; its age is judged by this, and its retention counted from it.';
COMMENT ON COLUMN ingest.quarantine.behind_ms IS 'How far the clock of the sender was behind, in ms.';
COMMENT ON COLUMN ingest.quarantine.content IS 'The scrubbed event as JSON text.';
COMMENT ON COLUMN ingest.quarantine.whole IS 'False: only the head of an event that is too large, which cannot be replayed.';

-- Refused events of which nothing but the number is kept: over a bound, or without legible consent.
CREATE TABLE ingest.quarantine_overflow (
  event          text NOT NULL,
  code           text NOT NULL,
  pointer        text NOT NULL,
  schema_version text NOT NULL,
  count          bigint NOT NULL,
  first_seen     timestamptz NOT NULL,
  last_seen      timestamptz NOT NULL,
  PRIMARY KEY (event, code, pointer, schema_version)
);
COMMENT ON TABLE ingest.quarantine_overflow IS 'How many refused events of a group were not kept.';
