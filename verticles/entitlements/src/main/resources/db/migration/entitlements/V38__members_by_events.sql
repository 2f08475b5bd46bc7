-- Up to when it was looked who belongs to which account by events.
CREATE TABLE entitlements.claim_cursor (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  swept_until timestamptz NOT NULL
);
INSERT INTO entitlements.claim_cursor (swept_until) VALUES ('2000-01-01 00:00+00');
