-- What was the case at a moment: facts, each with the moment from which on it held and the one from which on it did not (exclusive;
-- null = it holds). Deadlines and graces are applied when somebody asks, with the moment that the question is about.

-- What a subscription was: what its deliveries that had happened by then come to. Written anew with each of them, so one that comes
-- late corrects the past.
CREATE TABLE entitlements.subscription_past (
  provider             text NOT NULL,
  subscription_id      text NOT NULL,
  valid_from           timestamptz NOT NULL,
  valid_to             timestamptz,
  customer_id          text,
  user_id              text,
  account_id           text,
  tier                 text,
  terms                jsonb,
  status               text NOT NULL,
  period_end           timestamptz,
  trial_end            timestamptz,
  ended_at             timestamptz,
  cancel_at_period_end boolean NOT NULL,
  past_due_since       timestamptz,
  unknown_status_since timestamptz,
  last_event_at        timestamptz NOT NULL,
  PRIMARY KEY (provider, subscription_id, valid_from),
  CHECK (valid_from < valid_to)
);
CREATE INDEX subscription_past_user ON entitlements.subscription_past (user_id, valid_from) WHERE user_id IS NOT NULL;
CREATE INDEX subscription_past_account ON entitlements.subscription_past (account_id, valid_from) WHERE account_id IS NOT NULL;
COMMENT ON COLUMN entitlements.subscription_past.valid_to IS 'First moment at which it was something else; null = it is so now.';

-- Of what is there only the last state is known; the next delivery of a subscription brings all of its past.
INSERT INTO entitlements.subscription_past
  (provider, subscription_id, valid_from, customer_id, user_id, account_id, tier, terms, status, period_end, trial_end, ended_at,
   cancel_at_period_end, past_due_since, unknown_status_since, last_event_at)
SELECT provider, subscription_id, last_event_at, customer_id, user_id, account_id, tier, terms, status, period_end, trial_end, ended_at,
       cancel_at_period_end, past_due_since, unknown_status_since, last_event_at
FROM entitlements.subscription;

-- Every checkout that named a user, not only the last one; a link ends where the next one of the same id begins.
CREATE TABLE entitlements.link_past (
  provider    text NOT NULL,
  external_id text NOT NULL,
  event_id    text NOT NULL,
  user_id     text NOT NULL,
  valid_from  timestamptz NOT NULL,
  PRIMARY KEY (provider, external_id, event_id)
);
CREATE INDEX link_past_user ON entitlements.link_past (user_id);
INSERT INTO entitlements.link_past (provider, external_id, event_id, user_id, valid_from)
SELECT provider, external_id, event_id, user_id, created_at FROM entitlements.link;

-- Every count of the features of a customer; one ends where the next one begins.
CREATE TABLE entitlements.customer_feature_past (
  provider    text NOT NULL,
  customer_id text NOT NULL,
  valid_from  timestamptz NOT NULL,
  event_id    text NOT NULL,
  features    text[] NOT NULL,
  PRIMARY KEY (provider, customer_id, valid_from, event_id)
);
INSERT INTO entitlements.customer_feature_past (provider, customer_id, valid_from, event_id, features)
SELECT provider, customer_id, reported_at, event_id, features FROM entitlements.customer_feature;

-- Who was a member of which account.
CREATE TABLE entitlements.account_member_past (
  account_id text NOT NULL,
  user_id    text NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_to   timestamptz,
  ended_at   timestamptz,
  PRIMARY KEY (user_id, account_id, valid_from),
  CHECK (valid_from <= valid_to)
);
COMMENT ON COLUMN entitlements.account_member_past.valid_to IS 'First moment at which the user was no member any more; null = is one.';
COMMENT ON COLUMN entitlements.account_member_past.ended_at IS 'When the end was noted, by the clock of the database: what was claimed before makes nobody a member again.';
INSERT INTO entitlements.account_member_past (account_id, user_id, valid_from)
SELECT account_id, user_id, since FROM entitlements.account_member;

COMMENT ON TABLE entitlements.override_history IS 'Who changed which override, and from which moment on it held; before is null when there was none, after when there is none any more. One ends where the next one of the same subject begins.';
