/**
 * The time is read when the row is locked. A claim from the future was written before the clock was set back: its times
 * move with the clock, or its lease would last until the clock comes back.
 */
export function claimsMigration(schema: string): string {
  return `
CREATE TABLE ${schema}.claims (
  key text PRIMARY KEY,
  owner text NOT NULL,
  note text NOT NULL,
  result text,
  leased_until timestamptz NOT NULL,
  kept_until timestamptz NOT NULL,
  written_at timestamptz NOT NULL
);
CREATE INDEX claims_kept_until ON ${schema}.claims (kept_until);

CREATE FUNCTION ${schema}.ms(ms float8) RETURNS interval LANGUAGE sql IMMUTABLE AS
  'SELECT make_interval(secs => ms / 1000)';

CREATE FUNCTION ${schema}.find_claim(p_key text) RETURNS SETOF ${schema}.claims LANGUAGE plpgsql AS $$
DECLARE
  known ${schema}.claims;
  ahead interval;
BEGIN
  SELECT * INTO known FROM ${schema}.claims c WHERE c.key = p_key FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  ahead := known.written_at - clock_timestamp();
  IF ahead > interval '0' THEN
    UPDATE ${schema}.claims c
      SET leased_until = c.leased_until - ahead, kept_until = c.kept_until - ahead, written_at = c.written_at - ahead
      WHERE c.key = p_key RETURNING * INTO known;
  END IF;
  IF known.kept_until > clock_timestamp() THEN RETURN NEXT known; END IF;
END $$;

CREATE FUNCTION ${schema}.claim(p_key text, p_owner text, p_note text, lease_ms float8, keep_ms float8, wait_ms float8)
RETURNS TABLE (state text, note text, result text) LANGUAGE plpgsql AS $$
DECLARE
  known ${schema}.claims;
  at timestamptz;
  lease_end timestamptz;
  keep_end timestamptz;
BEGIN
  PERFORM set_config('lock_timeout', ceil(wait_ms)::text, true);
  LOOP
    -- A new key first: of several callers one inserts it, and the others wait for that one here.
    at := clock_timestamp();
    lease_end := at + ${schema}.ms(lease_ms);
    keep_end := greatest(lease_end, at + ${schema}.ms(keep_ms));
    INSERT INTO ${schema}.claims AS c VALUES (p_key, p_owner, p_note, NULL, lease_end, keep_end, at)
      ON CONFLICT (key) DO NOTHING;
    IF FOUND THEN
      DELETE FROM ${schema}.claims c WHERE c.key IN (
        SELECT o.key FROM ${schema}.claims o WHERE o.kept_until <= at ORDER BY o.kept_until LIMIT 10
        FOR UPDATE SKIP LOCKED);
      RETURN QUERY SELECT 'claimed', p_note, NULL::text;
      RETURN;
    END IF;
    SELECT * INTO known FROM ${schema}.find_claim(p_key);
    IF FOUND AND (known.owner <> p_owner OR known.result IS NOT NULL) THEN
      RETURN QUERY SELECT CASE
        WHEN known.result IS NOT NULL THEN 'settled'
        WHEN known.leased_until > clock_timestamp() THEN 'held'
        ELSE 'abandoned' END, known.note, known.result;
      RETURN;
    END IF;
    -- Out of date, this owner's own, or gone in between.
    DELETE FROM ${schema}.claims c WHERE c.key = p_key
      AND (c.kept_until <= clock_timestamp() OR (c.owner = p_owner AND c.result IS NULL));
  END LOOP;
END $$;

CREATE FUNCTION ${schema}.renew_claim(p_key text, p_owner text, lease_ms float8, wait_ms float8)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('lock_timeout', ceil(wait_ms)::text, true);
  PERFORM FROM ${schema}.find_claim(p_key) f WHERE f.owner = p_owner AND f.result IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE ${schema}.claims c SET
    leased_until = clock_timestamp() + ${schema}.ms(lease_ms),
    kept_until = greatest(c.kept_until, clock_timestamp() + ${schema}.ms(lease_ms)),
    written_at = clock_timestamp()
    WHERE c.key = p_key;
  RETURN true;
END $$;

CREATE FUNCTION ${schema}.settle_claim(p_key text, p_owner text, p_result text, keep_ms float8, wait_ms float8)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  known ${schema}.claims;
BEGIN
  PERFORM set_config('lock_timeout', ceil(wait_ms)::text, true);
  SELECT * INTO known FROM ${schema}.find_claim(p_key) f WHERE f.owner = p_owner;
  IF NOT FOUND THEN RETURN false; END IF;
  IF known.result IS NOT NULL THEN RETURN known.result = p_result; END IF;
  UPDATE ${schema}.claims c SET
    result = p_result,
    kept_until = clock_timestamp() + ${schema}.ms(keep_ms),
    written_at = clock_timestamp()
    WHERE c.key = p_key;
  RETURN true;
END $$;

CREATE FUNCTION ${schema}.release_claim(p_key text, p_owner text, wait_ms float8)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('lock_timeout', ceil(wait_ms)::text, true);
  PERFORM FROM ${schema}.find_claim(p_key) f WHERE p_owner IS NULL OR (f.owner = p_owner AND f.result IS NULL);
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM ${schema}.claims c WHERE c.key = p_key;
  RETURN true;
END $$;`;
}
