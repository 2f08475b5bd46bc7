CREATE TABLE flags.scheduled_change (
  flag               text NOT NULL,
  place              integer NOT NULL,
  due_at             timestamptz NOT NULL,
  enabled            boolean,
  rollout_percentage double precision CHECK (rollout_percentage BETWEEN 0 AND 100),
  applied_at         timestamptz,
  PRIMARY KEY (flag, place),
  CHECK (enabled IS NOT NULL OR rollout_percentage IS NOT NULL)
);
COMMENT ON TABLE flags.scheduled_change IS 'What is to happen to a flag at a moment, and what has happened by schedule; goes with the flag.';
CREATE INDEX scheduled_change_due ON flags.scheduled_change (due_at, flag, place) WHERE applied_at IS NULL;
