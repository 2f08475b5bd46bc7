-- Several billing systems, accounts, and what is asked of a provider itself.
ALTER TABLE entitlements.subscription ADD COLUMN account_id text, ADD COLUMN terms jsonb;
CREATE INDEX subscription_account ON entitlements.subscription (account_id) WHERE account_id IS NOT NULL;
COMMENT ON COLUMN entitlements.subscription.account_id IS 'Account whose it is, when a provider says so.';
COMMENT ON COLUMN entitlements.subscription.terms IS 'What it grants in place of what its tier has: {limits, unlimited, features}; null = nothing.';
COMMENT ON COLUMN entitlements.subscription.user_id IS 'null: of an account, or unlinked and applied once a checkout or metadata names the user';

-- Those that are applied once more take turns.
ALTER TABLE entitlements.webhook_inbox ADD COLUMN tried_at timestamptz NOT NULL DEFAULT '-infinity';
COMMENT ON COLUMN entitlements.webhook_inbox.tried_at IS 'When it was last applied.';

-- What concerns a customer as a whole is looked for with each of its subscriptions.
CREATE INDEX webhook_inbox_customer ON entitlements.webhook_inbox (provider, customer_id)
  WHERE subscription_id IS NULL AND customer_id IS NOT NULL;
CREATE INDEX webhook_inbox_outcome ON entitlements.webhook_inbox (outcome, received_at DESC, provider, event_id);

-- The features of a customer as the provider counts them up; each count replaces the one before.
CREATE TABLE entitlements.customer_feature (
  provider    text NOT NULL,
  customer_id text NOT NULL,
  features    text[] NOT NULL,
  reported_at timestamptz NOT NULL,
  event_id    text NOT NULL,
  PRIMARY KEY (provider, customer_id)
);

-- Comparisons with what a provider says itself; corrections are deliveries of the inbox.
CREATE TABLE entitlements.reconciliation (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider    text NOT NULL,
  night       date,
  started_at  timestamptz NOT NULL,
  seen_at     timestamptz NOT NULL,
  finished_at timestamptz,
  checked     integer NOT NULL DEFAULT 0,
  corrected   integer NOT NULL DEFAULT 0,
  failure     text,
  UNIQUE (provider, night)
);
COMMENT ON COLUMN entitlements.reconciliation.seen_at IS 'When it was last heard of; one that is silent has lost its node.';
COMMENT ON COLUMN entitlements.reconciliation.night IS 'Date of a nightly comparison, which one node makes; null when it was asked for.';

CREATE OR REPLACE VIEW growth.entitlement AS
  SELECT user_id, provider, subscription_id, customer_id, tier, status, period_end, trial_end, ended_at,
         cancel_at_period_end, past_due_since, last_event_at, account_id, terms
  FROM entitlements.subscription;
