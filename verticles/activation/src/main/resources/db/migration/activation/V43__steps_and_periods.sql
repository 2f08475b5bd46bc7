-- A rule is crossed once per epoch, period and step. The user comes first: crossings of one user are looked up, erased and exported.
ALTER TABLE activation.crossing
  ADD COLUMN period_start date NOT NULL DEFAULT '-infinity',
  ADD COLUMN step_kind text NOT NULL DEFAULT 'count' CHECK (step_kind IN ('count', 'percent', 'every')),
  ADD COLUMN step_number bigint NOT NULL DEFAULT 1,
  ADD COLUMN step_value bigint;
ALTER TABLE activation.prompt
  ADD COLUMN period_start date NOT NULL DEFAULT '-infinity',
  ADD COLUMN step_kind text NOT NULL DEFAULT 'count',
  ADD COLUMN step_number bigint NOT NULL DEFAULT 1,
  ADD COLUMN granted_at timestamptz,
  ADD COLUMN held text;

-- What was crossed before is crossed in the period that it happened in, so that nobody is prompted again for it.
WITH meter AS (
  SELECT m.meter, u.period
  FROM (SELECT DISTINCT meter FROM activation.crossing) AS m
  CROSS JOIN LATERAL (SELECT period FROM growth.usage u WHERE u.meter = m.meter LIMIT 1) AS u
), placed AS (
  SELECT c.rule, c.epoch, c.user_id, CASE m.period
           WHEN 'lifetime' THEN DATE '-infinity'
           WHEN 'month' THEN date_trunc('month', c.crossed_at AT TIME ZONE 'UTC')::date
           ELSE (c.crossed_at AT TIME ZONE 'UTC')::date
                - ((c.crossed_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01') % left(m.period, -1)::integer
         END AS period_start
  FROM activation.crossing c JOIN meter m USING (meter)
), prompts AS (
  UPDATE activation.prompt p SET period_start = placed.period_start
  FROM placed WHERE (p.rule, p.epoch, p.user_id) = (placed.rule, placed.epoch, placed.user_id)
)
UPDATE activation.crossing c SET period_start = placed.period_start
FROM placed WHERE (c.rule, c.epoch, c.user_id) = (placed.rule, placed.epoch, placed.user_id);
UPDATE activation.crossing SET step_value = threshold;
UPDATE activation.prompt SET granted_at = coalesce(shown_at, handled_at)
WHERE state IN ('shown', 'clicked', 'dismissed', 'snoozed');

ALTER TABLE activation.crossing
  ALTER COLUMN step_value SET NOT NULL,
  DROP CONSTRAINT crossing_pkey,
  ADD PRIMARY KEY (user_id, rule, epoch, period_start, step_kind, step_number);
DROP INDEX activation.crossing_user;
ALTER TABLE activation.prompt
  DROP CONSTRAINT prompt_rule_epoch_user_id_key,
  ADD UNIQUE (user_id, rule, epoch, period_start, step_kind, step_number);
DROP INDEX activation.prompt_user;

COMMENT ON COLUMN activation.crossing.period_start IS 'First day of the month, or of the block of days, in which it was crossed; -infinity: once for ever.';
COMMENT ON COLUMN activation.crossing.step_kind IS 'Whether a count, a part of the user''s limit, or a repetition was reached.';
COMMENT ON COLUMN activation.crossing.step_number IS 'Place among the thresholds of its kind, from 1; of a repetition, which.';
COMMENT ON COLUMN activation.crossing.step_value IS 'The count or the percentage that the rule named then.';
COMMENT ON COLUMN activation.prompt.suppression IS 'Why it was not shown or was taken back, for states suppressed and retracted.';
COMMENT ON COLUMN activation.prompt.granted_at IS 'When it was first announced, which is when it counted against the caps of its user.';
COMMENT ON COLUMN activation.prompt.held IS 'Why a pending one is not announced yet.';

-- One row per person; whoever decides what the person is shown holds it, so that one decides after the other.
CREATE TABLE activation.budget (
  user_id    text PRIMARY KEY,
  decided_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE OR REPLACE VIEW growth.crossing AS
  SELECT rule, epoch, user_id, meter, threshold, at_count, crossed_at, period_start, step_kind, step_number, step_value
  FROM activation.crossing;
COMMENT ON VIEW growth.crossing IS 'Who reached which threshold when; each once in an epoch and a period.';

CREATE OR REPLACE VIEW growth.prompt AS
  SELECT prompt_id, rule, epoch, user_id, meter, threshold, count, state, suppression, created_at, shown_at,
         handled_at, expires_at, period_start, step_kind, step_number, granted_at, held
  FROM activation.prompt;
