-- What an operator says of a user or an account, whatever the plan.
CREATE TABLE entitlements.override (
  kind       text NOT NULL CHECK (kind IN ('user', 'account')),
  id         text NOT NULL,
  definition jsonb NOT NULL,
  revision   bigint NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (kind, id)
);
COMMENT ON COLUMN entitlements.override.definition IS 'tier, limits, features, expires_at (ms), trial, note; kept after it has expired, until it is replaced';

-- No revision is given out twice, so one that was read before a deletion fits nothing that came after.
CREATE SEQUENCE entitlements.override_revision;

CREATE TABLE entitlements.override_history (
  revision   bigint PRIMARY KEY,
  kind       text NOT NULL,
  id         text NOT NULL,
  actor      text NOT NULL,
  changed_at timestamptz NOT NULL,
  before     jsonb,
  after      jsonb
);
CREATE INDEX override_history_subject ON entitlements.override_history (kind, id, revision);
COMMENT ON TABLE entitlements.override_history IS 'Who changed which override; before is null when there was none, after when there is none any more';

-- Whose account reaches whom.
CREATE TABLE entitlements.account_member (
  account_id text NOT NULL,
  user_id    text NOT NULL,
  since      timestamptz NOT NULL,
  PRIMARY KEY (account_id, user_id)
);
CREATE INDEX account_member_user ON entitlements.account_member (user_id, account_id);
