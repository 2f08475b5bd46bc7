CREATE SCHEMA activation;

-- A user has reached a threshold: once per rule and epoch. Re-arming a rule raises its epoch.
CREATE TABLE activation.crossing (
  rule       text NOT NULL,
  epoch      integer NOT NULL DEFAULT 0,
  user_id    text NOT NULL,
  meter      text NOT NULL,
  threshold  bigint NOT NULL,
  at_count   bigint NOT NULL CHECK (at_count >= threshold),
  crossed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (rule, epoch, user_id)
);
CREATE INDEX crossing_user ON activation.crossing (user_id);

CREATE TABLE activation.prompt (
  prompt_id    uuid PRIMARY KEY,
  rule         text NOT NULL,
  epoch        integer NOT NULL DEFAULT 0,
  user_id      text NOT NULL,
  meter        text NOT NULL,
  threshold    bigint NOT NULL,
  count        bigint NOT NULL,
  title        text NOT NULL,
  body         text NOT NULL,
  cta_label    text NOT NULL,
  cta_url      text NOT NULL,
  priority     integer NOT NULL,
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN
                 ('pending', 'shown', 'clicked', 'dismissed', 'snoozed', 'expired', 'retracted', 'suppressed')),
  suppression  text,
  attempts     integer NOT NULL DEFAULT 0,
  next_push_at timestamptz,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  shown_at     timestamptz,
  handled_at   timestamptz,
  expires_at   timestamptz NOT NULL,
  UNIQUE (rule, epoch, user_id)
);
CREATE INDEX prompt_open ON activation.prompt (user_id) WHERE state IN ('pending', 'shown');
CREATE INDEX prompt_due ON activation.prompt (next_push_at) WHERE state = 'pending' AND next_push_at IS NOT NULL;
CREATE INDEX prompt_expiry ON activation.prompt (expires_at) WHERE state IN ('pending', 'shown');
COMMENT ON COLUMN activation.prompt.title IS 'May hold variables such as {{count}}; filled in when it is shown.';
COMMENT ON COLUMN activation.prompt.suppression IS 'Why it was not shown, for state suppressed.';
COMMENT ON COLUMN activation.prompt.next_push_at IS 'When the sweeper announces it again unless it was acknowledged; null: only when the page asks.';

-- Counters changed up to this moment have been compared with the rules.
CREATE TABLE activation.sweep_cursor (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  swept_until timestamptz NOT NULL
);
INSERT INTO activation.sweep_cursor (swept_until) VALUES (now());

CREATE VIEW growth.crossing AS
  SELECT rule, epoch, user_id, meter, threshold, at_count, crossed_at FROM activation.crossing;
COMMENT ON VIEW growth.crossing IS 'Who reached which threshold when; each once.';

CREATE VIEW growth.prompt AS
  SELECT prompt_id, rule, epoch, user_id, meter, threshold, count, state, suppression, created_at, shown_at,
         handled_at, expires_at
  FROM activation.prompt;
COMMENT ON VIEW growth.prompt IS 'Every upgrade prompt and what became of it.';
