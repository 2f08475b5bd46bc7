ALTER TABLE flags.definition ADD COLUMN targeting json;
COMMENT ON COLUMN flags.definition.targeting IS 'Variants, rules, split, prerequisites and bucketing; null for a boolean flag with a rollout over users.';

CREATE TABLE flags.segment (
  key        text PRIMARY KEY,
  definition json NOT NULL,
  source     text NOT NULL CHECK (source IN ('file', 'api')),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE flags.segment IS 'Conditions under a name, for several flags.';

CREATE TABLE flags.holdout (
  key        text PRIMARY KEY,
  definition json NOT NULL,
  source     text NOT NULL CHECK (source IN ('file', 'api')),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE flags.holdout IS 'Units that are kept from several flags.';

CREATE OR REPLACE VIEW growth.flag_definition AS
  SELECT key, enabled, rollout_percentage, target_users, surface, source, updated_at, targeting FROM flags.definition;
