-- What was used of limits that no meter counts.
CREATE TABLE entitlements.ledger_usage (
  user_id text NOT NULL,
  feature text NOT NULL,
  bucket  integer NOT NULL,
  used    bigint NOT NULL CHECK (used >= 0),
  PRIMARY KEY (user_id, feature, bucket)
);
CREATE INDEX ledger_usage_age ON entitlements.ledger_usage (bucket) WHERE bucket > 0;
COMMENT ON COLUMN entitlements.ledger_usage.bucket IS 'First day of what it counts, in days since 1970-01-01 (UTC): the month, the day of a window; 0 for ever';

-- Orders to use something, each with its first answer, by which a repetition is answered.
CREATE TABLE entitlements.ledger_order (
  user_id     text NOT NULL,
  key_hash    bytea NOT NULL,
  id          uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  feature     text NOT NULL,
  amount      bigint NOT NULL CHECK (amount > 0),
  hold_ms     bigint,
  bucket      integer NOT NULL,
  granted     boolean NOT NULL,
  over_limit  boolean NOT NULL,
  limit_then  bigint,
  used_then   bigint NOT NULL,
  resets_at   bigint,
  held_until  bigint,
  state       text NOT NULL CHECK (state IN ('final', 'held', 'confirmed', 'released')),
  settled     bigint,
  ordered_at  timestamptz NOT NULL,
  PRIMARY KEY (user_id, key_hash)
);
CREATE INDEX ledger_order_held ON entitlements.ledger_order (user_id, feature) WHERE state = 'held';
CREATE INDEX ledger_order_age ON entitlements.ledger_order (ordered_at);
COMMENT ON COLUMN entitlements.ledger_order.key_hash IS 'SHA-256 of the key that the order came with; keys may say more than they should';
COMMENT ON COLUMN entitlements.ledger_order.hold_ms IS 'Null: used at once; else held for so long, then given back unless it was settled';
COMMENT ON COLUMN entitlements.ledger_order.state IS 'final: used at once or refused; held counts until held_until (ms since the epoch)';
COMMENT ON COLUMN entitlements.ledger_order.settled IS 'How much of what was held was used';

-- How much is used and held in a period: buckets from since to today.
CREATE FUNCTION entitlements.ledger_taken(the_user text, the_feature text, since integer, today integer, now_ms bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (coalesce((SELECT sum(u.used) FROM entitlements.ledger_usage u
                    WHERE u.user_id = the_user AND u.feature = the_feature AND u.bucket BETWEEN since AND today), 0)
        + coalesce((SELECT sum(o.amount) FROM entitlements.ledger_order o
                    WHERE o.user_id = the_user AND o.feature = the_feature AND o.state = 'held'
                      AND o.held_until > now_ms AND o.bucket BETWEEN since AND today), 0))::bigint
$$;

-- Orders of one user wait for each other. A transaction takes one such lock and waits for nothing after it.
CREATE FUNCTION entitlements.ledger_lock(the_user text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_advisory_xact_lock(hashtextextended('entitlements.ledger ' || the_user, 0)) $$;

-- Adds to what was used.
CREATE FUNCTION entitlements.ledger_add(the_user text, the_feature text, the_bucket integer, amount bigint) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO entitlements.ledger_usage AS u (user_id, feature, bucket, used)
  SELECT the_user, the_feature, the_bucket, amount WHERE amount > 0
  ON CONFLICT (user_id, feature, bucket) DO UPDATE SET used = u.used + EXCLUDED.used
$$;

-- Uses or holds an amount if it fits, or if the limit is soft. Answers the order under that key, which may be an earlier one:
-- the caller sees whether that asked for the same. Each statement of the function sees what was committed before it, so what
-- is read after the lock is what the order before this one has left.
CREATE FUNCTION entitlements.ledger_use(
  the_user text, the_key text, the_feature text, the_amount bigint, the_hold_ms bigint, the_limit bigint, soft boolean,
  since integer, today integer, the_resets_at bigint, now_ms bigint)
RETURNS SETOF entitlements.ledger_order
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found entitlements.ledger_order;
  the_hash bytea := sha256(convert_to(the_key, 'UTF8'));
  taken bigint;
  fits boolean;
BEGIN
  PERFORM entitlements.ledger_lock(the_user);
  SELECT * INTO found FROM entitlements.ledger_order o WHERE o.user_id = the_user AND o.key_hash = the_hash;
  IF found.id IS NULL THEN
    taken := entitlements.ledger_taken(the_user, the_feature, since, today, now_ms);
    fits := the_limit IS NULL OR taken + the_amount <= the_limit;
    INSERT INTO entitlements.ledger_order (user_id, key_hash, feature, amount, hold_ms, bucket, granted, over_limit, limit_then,
                                           used_then, resets_at, held_until, state, ordered_at)
    VALUES (the_user, the_hash, the_feature, the_amount, the_hold_ms, today, fits OR soft, soft AND NOT fits, the_limit,
            CASE WHEN fits OR soft THEN taken + the_amount ELSE taken END, the_resets_at,
            CASE WHEN fits OR soft THEN now_ms + the_hold_ms END,
            CASE WHEN (fits OR soft) AND the_hold_ms IS NOT NULL THEN 'held' ELSE 'final' END,
            to_timestamp(now_ms / 1000.0))
    RETURNING * INTO found;
    IF found.granted AND found.state = 'final' THEN
      PERFORM entitlements.ledger_add(the_user, the_feature, today, the_amount);
    END IF;
  END IF;
  RETURN NEXT found;
END
$$;

-- Confirms what is held, or gives it back. Answers the order after it, and whether it is as it was asked for; no row when there
-- is no such reservation.
CREATE FUNCTION entitlements.ledger_settle(the_id uuid, confirmed boolean, the_amount bigint, now_ms bigint)
RETURNS TABLE (user_id text, feature text, amount bigint, state text, settled bigint, expired boolean, done boolean)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  found entitlements.ledger_order;
  wanted text := CASE WHEN confirmed THEN 'confirmed' ELSE 'released' END;
  real_amount bigint;
BEGIN
  SELECT * INTO found FROM entitlements.ledger_order o WHERE o.id = the_id AND o.hold_ms IS NOT NULL AND o.granted;
  IF found.id IS NULL THEN
    RETURN;
  END IF;
  PERFORM entitlements.ledger_lock(found.user_id);
  SELECT * INTO found FROM entitlements.ledger_order o WHERE o.id = the_id;
  IF found.id IS NULL THEN
    RETURN;
  END IF;
  real_amount := CASE WHEN confirmed THEN coalesce(the_amount, found.amount) ELSE 0 END;
  IF found.state = 'held' AND real_amount <= found.amount AND (NOT confirmed OR found.held_until > now_ms) THEN
    UPDATE entitlements.ledger_order o SET state = wanted, settled = real_amount WHERE o.id = the_id RETURNING * INTO found;
    PERFORM entitlements.ledger_add(found.user_id, found.feature, found.bucket, real_amount);
  END IF;
  RETURN QUERY SELECT found.user_id, found.feature, found.amount, found.state, found.settled,
                      found.state = 'held' AND found.held_until <= now_ms,
                      found.state = wanted AND found.settled = real_amount;
END
$$;
