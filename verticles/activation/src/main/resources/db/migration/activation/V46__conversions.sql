-- What became of who was prompted, and of who would have been: a payment within the attribution window counts for the last of them.
ALTER TABLE activation.prompt
  ADD COLUMN tier_then text,
  ADD COLUMN converted_at timestamptz;
COMMENT ON COLUMN activation.prompt.tier_then IS 'Tier of the user when it was shown, or would have been; null: none that is paid.';
COMMENT ON COLUMN activation.prompt.converted_at IS 'When the user was found to pay more, within the attribution window; of several prompts the last one has it.';

ALTER TABLE activation.prompt DROP CONSTRAINT prompt_state_check;
ALTER TABLE activation.prompt ADD CONSTRAINT prompt_state_check CHECK (state IN
  ('pending', 'shown', 'clicked', 'dismissed', 'snoozed', 'converted', 'expired', 'retracted', 'suppressed'));

-- A user whom a holdout or the flag of the rule kept from a prompt at the moment at which it would have appeared.
CREATE FUNCTION activation.ghosted_at(state text, suppression text, handled_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN state = 'suppressed' AND suppression IN ('holdout', 'flag_off') THEN handled_at END $$;

-- The last moment at which the prompt, or its absence, may have moved the user; null: none.
CREATE FUNCTION activation.touched_at(state text, suppression text, shown_at timestamptz, handled_at timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT GREATEST(shown_at, CASE WHEN state = 'clicked' THEN handled_at END,
                  activation.ghosted_at(state, suppression, handled_at))
$$;

CREATE OR REPLACE VIEW growth.prompt AS
  SELECT prompt_id, rule, epoch, user_id, meter, threshold, count, state, suppression, created_at, shown_at,
         handled_at, expires_at, period_start, step_kind, step_number, granted_at, held,
         activation.ghosted_at(state, suppression, handled_at) AS ghosted_at, converted_at
  FROM activation.prompt;
COMMENT ON COLUMN growth.prompt.ghosted_at IS 'When a holdout or the flag of the rule kept the user from it.';
COMMENT ON COLUMN growth.prompt.converted_at IS 'When the user was found to pay more, within the attribution window after it.';

CREATE VIEW growth.prompt_conversion AS
  SELECT rule,
         count(*) FILTER (WHERE granted_at IS NOT NULL) AS announced,
         count(*) FILTER (WHERE shown_at IS NOT NULL) AS treated,
         count(*) FILTER (WHERE shown_at IS NOT NULL AND converted_at IS NOT NULL) AS treated_conversions,
         count(*) FILTER (WHERE ghosted_at IS NOT NULL) AS ghosts,
         count(*) FILTER (WHERE ghosted_at IS NOT NULL AND converted_at IS NOT NULL) AS ghost_conversions
  FROM growth.prompt
  GROUP BY rule;
COMMENT ON VIEW growth.prompt_conversion IS 'Per rule: prompts that were shown and prompts that a control kept back, and how many of each were followed by a payment.';
