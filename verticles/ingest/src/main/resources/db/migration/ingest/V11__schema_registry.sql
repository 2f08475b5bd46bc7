ALTER TABLE ingest.event ADD COLUMN annotations jsonb;
COMMENT ON COLUMN ingest.event.annotations IS 'How the event differs from its contract, an array of {code, pointer}; null when it does not.';

CREATE TABLE ingest.event_schema (
  event        text NOT NULL,
  version      text NOT NULL,
  schema       jsonb NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event, version)
);
COMMENT ON TABLE ingest.event_schema IS 'Published contracts of events, every version; a row is never changed.';
COMMENT ON COLUMN ingest.event_schema.schema IS 'JSON Schema 2020-12 of the properties.';

-- One row; its lock orders all changes, its number is the revision that every node follows.
CREATE TABLE ingest.schema_revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL
);
INSERT INTO ingest.schema_revision (revision) VALUES (0);

CREATE VIEW growth.event_schema AS
  SELECT event, version, schema, published_at FROM ingest.event_schema;
COMMENT ON VIEW growth.event_schema IS 'Published contracts of events.';
