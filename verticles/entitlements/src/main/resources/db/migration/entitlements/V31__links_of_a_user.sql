-- The customers and subscriptions that a user is linked to: to erase and to export them.
CREATE INDEX link_user ON entitlements.link (user_id);
COMMENT ON COLUMN entitlements.webhook_inbox.outcome IS 'What the delivery did; erased: it named a user who was erased, only its id is kept, by which a repetition is recognised';
