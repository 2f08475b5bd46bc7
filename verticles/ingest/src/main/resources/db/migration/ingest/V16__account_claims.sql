-- Which users events say to belong to which accounts. Written in the transaction of the event, by those only that may say so.
CREATE TABLE ingest.account_claim (
  account_id text NOT NULL,
  user_id    text NOT NULL,
  claimed_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, user_id)
);
CREATE INDEX account_claim_newest ON ingest.account_claim (claimed_at);
CREATE INDEX account_claim_user ON ingest.account_claim (user_id);
COMMENT ON TABLE ingest.account_claim IS 'Users who belong to accounts by stored, verified events $group and $identify.';
COMMENT ON COLUMN ingest.account_claim.claimed_at IS 'When it was last said, by the clock of the database.';

CREATE VIEW growth.account_claim AS
  SELECT account_id, user_id, claimed_at FROM ingest.account_claim;
COMMENT ON VIEW growth.account_claim IS 'Which users events say to belong to which accounts; who is a member is decided by entitlements.';
