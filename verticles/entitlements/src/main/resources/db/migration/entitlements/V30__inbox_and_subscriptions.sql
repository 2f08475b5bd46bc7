CREATE SCHEMA entitlements;

-- Every verified delivery, once, as it came: the truth from which subscriptions are derived.
CREATE TABLE entitlements.webhook_inbox (
  provider        text NOT NULL,
  event_id        text NOT NULL,
  type            text NOT NULL,
  created_at      timestamptz NOT NULL,
  received_at     timestamptz NOT NULL,
  subscription_id text,
  customer_id     text,
  payload         jsonb NOT NULL,
  outcome         text NOT NULL,
  PRIMARY KEY (provider, event_id)
);
CREATE INDEX webhook_inbox_subscription ON entitlements.webhook_inbox (provider, subscription_id) WHERE subscription_id IS NOT NULL;
CREATE INDEX webhook_inbox_received ON entitlements.webhook_inbox (received_at DESC);

-- Which user a customer or subscription of the provider belongs to, as a finished checkout said.
CREATE TABLE entitlements.link (
  provider    text NOT NULL,
  external_id text NOT NULL,
  user_id     text NOT NULL,
  created_at  timestamptz NOT NULL,
  event_id    text NOT NULL,
  PRIMARY KEY (provider, external_id)
);

CREATE TABLE entitlements.subscription (
  provider             text NOT NULL,
  subscription_id      text NOT NULL,
  customer_id          text,
  user_id              text,
  tier                 text,
  status               text NOT NULL,
  period_end           timestamptz,
  trial_end            timestamptz,
  ended_at             timestamptz,
  cancel_at_period_end boolean NOT NULL,
  past_due_since       timestamptz,
  unknown_status_since timestamptz,
  last_event_at        timestamptz NOT NULL,
  PRIMARY KEY (provider, subscription_id)
);
CREATE INDEX subscription_user ON entitlements.subscription (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX subscription_customer ON entitlements.subscription (provider, customer_id);
COMMENT ON COLUMN entitlements.subscription.user_id IS 'null: unlinked; applied once a checkout or metadata names the user';
COMMENT ON COLUMN entitlements.subscription.unknown_status_since IS 'since when the provider says a status word that is not known here; status is the last known one';

-- Grows with each change of a user's subscriptions; caches compare it.
CREATE TABLE entitlements.user_revision (
  user_id  text PRIMARY KEY,
  revision bigint NOT NULL
);

CREATE VIEW growth.entitlement AS
  SELECT user_id, provider, subscription_id, customer_id, tier, status, period_end, trial_end, ended_at,
         cancel_at_period_end, past_due_since, last_event_at
  FROM entitlements.subscription;
COMMENT ON VIEW growth.entitlement IS 'Subscriptions as billing reports them; deadlines and graces are applied when a user asks.';
