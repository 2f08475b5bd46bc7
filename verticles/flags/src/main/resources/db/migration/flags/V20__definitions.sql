CREATE SCHEMA flags;

CREATE TABLE flags.definition (
  key                text PRIMARY KEY,
  enabled            boolean NOT NULL,
  rollout_percentage double precision NOT NULL CHECK (rollout_percentage BETWEEN 0 AND 100),
  target_users       text[] NOT NULL,
  surface            text NOT NULL CHECK (surface IN ('client', 'server')),
  source             text NOT NULL CHECK (source IN ('file', 'api')),
  updated_at         timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN flags.definition.source IS 'file: kept equal to growth.json; api: edited by an operator, growth.json no longer touches it';

-- One row; its lock orders all changes, its number is the revision that everyone sees.
CREATE TABLE flags.revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL
);
INSERT INTO flags.revision (revision) VALUES (0);

CREATE VIEW growth.flag_definition AS
  SELECT key, enabled, rollout_percentage, target_users, surface, source, updated_at FROM flags.definition;
COMMENT ON VIEW growth.flag_definition IS 'The flags as they are now.';
