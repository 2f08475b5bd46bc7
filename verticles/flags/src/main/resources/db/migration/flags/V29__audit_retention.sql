-- Drops entries that are older than what is kept, the oldest first, and says how many: no more than the_most at a time.
CREATE FUNCTION growth.expire_audit(older_than interval, the_most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  dropped int;
BEGIN
  IF older_than < interval '1 day' THEN
    RAISE EXCEPTION 'the audit is kept for a day at least' USING ERRCODE = '22023';
  END IF;
  DELETE FROM growth.audit
  WHERE id IN (SELECT id FROM growth.audit WHERE changed_at < now() - older_than ORDER BY id LIMIT the_most);
  GET DIAGNOSTICS dropped = ROW_COUNT;
  RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION growth.expire_audit(interval, int) FROM PUBLIC;
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'growthbus_flags') THEN
    GRANT EXECUTE ON FUNCTION growth.expire_audit(interval, int) TO growthbus_flags;
  END IF;
END
$$;
