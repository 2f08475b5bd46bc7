-- How often flags are asked for. Every node adds what it has counted about once a minute.
CREATE TABLE flags.usage (
  kind               text NOT NULL CHECK (kind IN ('flag', 'unknown', 'fetch')),
  key                text NOT NULL CHECK (key ~ '^[A-Za-z0-9._-]{0,128}$'),
  evaluations        bigint NOT NULL,
  by_client          boolean NOT NULL,
  by_server          boolean NOT NULL,
  first_evaluated_at timestamptz NOT NULL DEFAULT now(),
  last_evaluated_at  timestamptz,
  PRIMARY KEY (kind, key)
);
COMMENT ON COLUMN flags.usage.kind IS 'flag: one that is defined; unknown: a key that was asked for and is not; fetch: definitions for evaluation in browsers, one row.';
COMMENT ON COLUMN flags.usage.by_client IS 'Asked for with the publishable key at least once.';
COMMENT ON COLUMN flags.usage.first_evaluated_at IS 'Of the row fetch: since when is counted at all.';

INSERT INTO flags.usage (kind, key, evaluations, by_client, by_server) VALUES ('fetch', '', 0, false, false);

CREATE VIEW growth.flag_usage AS
  SELECT key, evaluations, first_evaluated_at, last_evaluated_at FROM flags.usage WHERE kind = 'flag';
COMMENT ON VIEW growth.flag_usage IS 'How often each flag was evaluated by the server, to the minute.';
