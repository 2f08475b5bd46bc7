CREATE SCHEMA ingest;

CREATE TABLE ingest.event (
  event_id       uuid PRIMARY KEY,
  name           text NOT NULL,
  user_id        text,
  account_id     text,
  anonymous_id   text,
  schema_version text NOT NULL,
  occurred_at    timestamptz NOT NULL,
  received_at    timestamptz NOT NULL,
  verified       boolean NOT NULL,
  properties     jsonb NOT NULL
);
CREATE INDEX event_newest ON ingest.event (received_at DESC, event_id DESC);
CREATE INDEX event_by_user ON ingest.event (user_id, received_at DESC, event_id DESC) WHERE user_id IS NOT NULL;

COMMENT ON TABLE ingest.event IS 'Every accepted event, once.';
COMMENT ON COLUMN ingest.event.event_id IS 'Given by the sender; the key under which a repetition is recognised.';
COMMENT ON COLUMN ingest.event.occurred_at IS 'When it happened, by the clock of the sender.';
COMMENT ON COLUMN ingest.event.received_at IS 'When the server got it.';
COMMENT ON COLUMN ingest.event.verified IS 'Whether the user was proven by a token or the secret key; only such events move counters.';

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
