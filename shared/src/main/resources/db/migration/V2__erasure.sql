-- Erasure of users: who is kept out, which orders are open, how far each room is. Rooms read all of it and change it only
-- through the functions below.

-- A user, or an anonymous id of one, whose events are not stored any more; known here by a keyed hash only.
CREATE TABLE growth.suppressed_user (
  user_hash  uuid PRIMARY KEY,
  owner_hash uuid NOT NULL,
  lifted     boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX suppressed_user_changed ON growth.suppressed_user (changed_at);
CREATE INDEX suppressed_user_owner ON growth.suppressed_user (owner_hash);
COMMENT ON COLUMN growth.suppressed_user.user_hash IS 'First 128 bits of HMAC-SHA256 of the id; the key is made once and kept in generated_secret.';
COMMENT ON COLUMN growth.suppressed_user.owner_hash IS 'The user it was suppressed with; for the user itself its own hash.';

CREATE TABLE growth.erasure_order (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id      text,
  user_hash    uuid NOT NULL,
  suppress     boolean NOT NULL,
  settle       interval NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled_at   timestamptz NOT NULL,
  completed_at timestamptz,
  CHECK ((user_id IS NULL) = (completed_at IS NOT NULL))
);
CREATE UNIQUE INDEX erasure_order_open ON growth.erasure_order (user_hash) WHERE completed_at IS NULL;
COMMENT ON COLUMN growth.erasure_order.user_id IS 'Whom to erase; null as soon as that is done.';
COMMENT ON COLUMN growth.erasure_order.settle IS 'How long a node may go on storing what it took before it learned of the order.';
COMMENT ON COLUMN growth.erasure_order.settled_at IS 'From then on nothing of the user is stored any more; what a room erases after it stays erased.';

CREATE TABLE growth.erasure_part (
  order_id     uuid NOT NULL REFERENCES growth.erasure_order (id) ON DELETE CASCADE,
  room         text NOT NULL,
  passes       integer NOT NULL DEFAULT 0,
  claimed_at   timestamptz NOT NULL,
  leased_until timestamptz,
  erased_at    timestamptz,
  PRIMARY KEY (order_id, room)
);
COMMENT ON TABLE growth.erasure_part IS 'What a room has done for an order.';
COMMENT ON COLUMN growth.erasure_part.leased_until IS 'Until then a node is at it; after that another one may take over.';
COMMENT ON COLUMN growth.erasure_part.erased_at IS 'When a pass ended that began after the order had settled.';

INSERT INTO growth.generated_secret (name, value)
VALUES ('erasure-hash', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

-- The key of the hashes.
CREATE FUNCTION growth.erasure_key() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT value FROM growth.generated_secret WHERE name = 'erasure-hash' $$;

-- Only the room itself speaks for a room. Without room roles there is nothing to tell them apart by.
CREATE FUNCTION growth.check_erasing_room(the_room text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_setting('role') NOT IN ('none', 'growthbus_' || the_room) THEN
    RAISE EXCEPTION 'this role is not that of the room' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

-- Orders the erasure of a user, with or without keeping the user out from now on. An order that is open stays the one.
CREATE FUNCTION growth.order_erasure(the_user text, hash uuid, keep_out boolean, settling interval) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found growth.erasure_order;
  since timestamptz := clock_timestamp();
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('growth.erasure ' || hash, 0));
  IF keep_out THEN
    INSERT INTO growth.suppressed_user AS s (user_hash, owner_hash) VALUES (hash, hash)
    ON CONFLICT (user_hash) DO UPDATE SET lifted = false, changed_at = clock_timestamp() WHERE s.lifted;
    SELECT changed_at INTO since FROM growth.suppressed_user WHERE user_hash = hash;
  ELSE
    UPDATE growth.suppressed_user SET lifted = true, changed_at = clock_timestamp()
    WHERE (owner_hash = hash OR user_hash = hash) AND NOT lifted;
  END IF;
  SELECT * INTO found FROM growth.erasure_order WHERE user_hash = hash AND completed_at IS NULL FOR UPDATE;
  IF found.id IS NULL THEN
    INSERT INTO growth.erasure_order (user_id, user_hash, suppress, settle, settled_at)
    VALUES (the_user, hash, keep_out, settling, since + settling)
    RETURNING * INTO found;
  ELSIF found.suppress <> keep_out THEN
    -- What has been done was done for another end: the rooms look once more after the change is known.
    UPDATE growth.erasure_order SET suppress = keep_out, settled_at = GREATEST(settled_at, since + settling)
    WHERE id = found.id;
    UPDATE growth.erasure_part SET erased_at = NULL WHERE order_id = found.id;
  END IF;
  RETURN found.id;
END
$$;

-- Keeps out what belongs to the user of an open order as well: the anonymous ids of that user.
CREATE FUNCTION growth.suppress_with(the_order uuid, hashes uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  changed integer;
BEGIN
  INSERT INTO growth.suppressed_user AS s (user_hash, owner_hash)
  SELECT h, o.user_hash FROM growth.erasure_order o, unnest(hashes) AS h
  WHERE o.id = the_order AND o.suppress AND o.completed_at IS NULL
  ORDER BY h
  ON CONFLICT (user_hash) DO UPDATE SET lifted = false, owner_hash = EXCLUDED.owner_hash, changed_at = clock_timestamp()
    WHERE s.lifted;
  GET DIAGNOSTICS changed = ROW_COUNT;
  IF changed > 0 THEN
    UPDATE growth.erasure_order SET settled_at = GREATEST(settled_at, clock_timestamp() + settle) WHERE id = the_order;
  END IF;
END
$$;

-- Takes the next pass that a room owes, for one node, for as long as it renews the lease. What activation holds follows from the
-- counters of ingest, so its last pass comes after that of ingest.
CREATE FUNCTION growth.claim_erasure(the_room text, lease interval)
RETURNS TABLE (order_id uuid, user_id text, passes integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM growth.check_erasing_room(the_room);
  IF NOT EXISTS (SELECT FROM growth.erasure_order WHERE completed_at IS NULL)
     OR NOT pg_try_advisory_xact_lock(hashtextextended('growth.erasure_claim ' || the_room, 0)) THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH due AS (
    SELECT o.id, o.user_id
    FROM growth.erasure_order o
    LEFT JOIN growth.erasure_part p ON p.order_id = o.id AND p.room = the_room
    WHERE o.completed_at IS NULL AND p.erased_at IS NULL
      AND (p.leased_until IS NULL OR p.leased_until < clock_timestamp())
      AND (coalesce(p.passes, 0) = 0 OR o.settled_at <= clock_timestamp())
      AND (the_room <> 'activation' OR o.settled_at > clock_timestamp() OR EXISTS (
             SELECT FROM growth.erasure_part i
             WHERE i.order_id = o.id AND i.room = 'ingest' AND i.erased_at IS NOT NULL))
    ORDER BY o.requested_at, o.id LIMIT 1
  ), claimed AS (
    INSERT INTO growth.erasure_part AS p (order_id, room, claimed_at, leased_until)
    SELECT id, the_room, clock_timestamp(), clock_timestamp() + lease FROM due
    ON CONFLICT (order_id, room) DO UPDATE SET claimed_at = EXCLUDED.claimed_at, leased_until = EXCLUDED.leased_until
    RETURNING p.order_id, p.passes
  )
  SELECT c.order_id, d.user_id, c.passes FROM claimed c JOIN due d ON d.id = c.order_id;
END
$$;

-- Keeps a claimed pass from being taken over.
CREATE FUNCTION growth.renew_erasure(the_order uuid, the_room text, lease interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM growth.check_erasing_room(the_room);
  UPDATE growth.erasure_part SET leased_until = clock_timestamp() + lease
  WHERE order_id = the_order AND room = the_room AND leased_until IS NOT NULL;
END
$$;

-- Notes that a room has ended a pass; the last room to do so ends the order, which forgets the user then.
CREATE FUNCTION growth.mark_erasure(the_order uuid, the_room text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  settled timestamptz;
BEGIN
  PERFORM growth.check_erasing_room(the_room);
  SELECT settled_at INTO settled FROM growth.erasure_order WHERE id = the_order AND completed_at IS NULL FOR UPDATE;
  UPDATE growth.erasure_part
  SET passes = passes + 1, leased_until = NULL, erased_at = CASE WHEN claimed_at >= settled THEN clock_timestamp() END
  WHERE order_id = the_order AND room = the_room AND settled IS NOT NULL;
  UPDATE growth.erasure_order SET completed_at = clock_timestamp(), user_id = NULL
  WHERE id = the_order AND completed_at IS NULL
    AND (SELECT count(*) FROM growth.erasure_part WHERE order_id = the_order AND erased_at IS NOT NULL
           AND room IN ('ingest', 'flags', 'entitlements', 'activation')) = 4;
END
$$;

-- These act with the rights of the owner: for the rooms only, not for whoever may read the schema.
REVOKE ALL ON FUNCTION
  growth.erasure_key(), growth.check_erasing_room(text), growth.order_erasure(text, uuid, boolean, interval),
  growth.suppress_with(uuid, uuid[]), growth.claim_erasure(text, interval), growth.renew_erasure(uuid, text, interval),
  growth.mark_erasure(uuid, text)
FROM PUBLIC;
DO $$
DECLARE
  room text;
BEGIN
  FOREACH room IN ARRAY ARRAY['ingest', 'flags', 'entitlements', 'activation'] LOOP
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'growthbus_' || room) THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION growth.erasure_key(), growth.claim_erasure(text, interval),
                        growth.renew_erasure(uuid, text, interval), growth.mark_erasure(uuid, text) TO %I',
                     'growthbus_' || room);
    END IF;
  END LOOP;
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'growthbus_ingest') THEN
    GRANT EXECUTE ON FUNCTION growth.order_erasure(text, uuid, boolean, interval), growth.suppress_with(uuid, uuid[])
    TO growthbus_ingest;
  END IF;
END
$$;
