-- The latest that a user has said about each purpose, also with an event that was not stored because of it.
CREATE TABLE ingest.consent (
  user_id   text NOT NULL,
  purpose   text NOT NULL,
  state     text NOT NULL CHECK (state IN ('granted', 'denied', 'pending')),
  stated_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, purpose)
);
COMMENT ON TABLE ingest.consent IS 'What proven users have said about consent; by it, for example, nobody is prompted who does not want it.';
COMMENT ON COLUMN ingest.consent.stated_at IS 'By the time of the event with which it was said.';
