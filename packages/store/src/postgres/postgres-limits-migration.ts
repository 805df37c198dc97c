/**
 * An exact log of the places taken, by key. They are numbered, the places of one grant up to last_place, so that the one
 * that has to leave the interval is found by its number. The time is read when the key is locked; where the clock was
 * set back, the key's times move with it, or it would be closed until the clock comes back.
 */
export function limitsMigration(schema: string): string {
  return `
CREATE TABLE ${schema}.limits (
  key text PRIMARY KEY,
  taken bigint NOT NULL,
  paused_until timestamptz NOT NULL,
  stale_at timestamptz NOT NULL,
  written_at timestamptz NOT NULL
);
CREATE INDEX limits_stale_at ON ${schema}.limits (stale_at);
CREATE TABLE ${schema}.limit_grants (
  key text NOT NULL,
  last_place bigint NOT NULL,
  places integer NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (key, last_place)
);

CREATE FUNCTION ${schema}.lock_limit(p_key text, wait_ms float8) RETURNS ${schema}.limits LANGUAGE plpgsql AS $$
DECLARE
  known ${schema}.limits;
  ahead interval;
BEGIN
  PERFORM set_config('lock_timeout', ceil(wait_ms)::text, true);
  LOOP
    SELECT * INTO known FROM ${schema}.limits l WHERE l.key = p_key FOR UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO ${schema}.limits VALUES (p_key, 0, clock_timestamp(), clock_timestamp(), clock_timestamp())
      ON CONFLICT (key) DO NOTHING;
  END LOOP;
  ahead := known.written_at - clock_timestamp();
  IF ahead > interval '0' THEN
    UPDATE ${schema}.limit_grants g SET at = g.at - ahead WHERE g.key = p_key;
    UPDATE ${schema}.limits l
      SET paused_until = l.paused_until - ahead, stale_at = l.stale_at - ahead, written_at = l.written_at - ahead
      WHERE l.key = p_key RETURNING * INTO known;
  END IF;
  RETURN known;
END $$;

CREATE FUNCTION ${schema}.take_places(p_key text, p_max bigint, watched_ms float8, p_count bigint, wait_ms float8)
RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  known ${schema}.limits := ${schema}.lock_limit(p_key, wait_ms);
  watched interval := ${schema}.ms(watched_ms);
  leaving bigint := known.taken + p_count - p_max;
  at timestamptz := clock_timestamp();
  free_at timestamptz := known.paused_until;
  stale text;
  removed integer;
BEGIN
  IF leaving > 0 THEN
    -- Without a row the place has left the log already.
    SELECT greatest(free_at, g.at + watched) INTO free_at FROM (
      SELECT * FROM ${schema}.limit_grants r
      WHERE r.key = p_key AND r.last_place >= leaving ORDER BY r.last_place LIMIT 1
    ) g WHERE g.last_place - g.places < leaving;
    free_at := coalesce(free_at, known.paused_until);
  END IF;
  IF free_at > at THEN RETURN ceil(extract(epoch FROM free_at - at) * 1000); END IF;

  INSERT INTO ${schema}.limit_grants VALUES (p_key, known.taken + p_count, p_count, at);
  DELETE FROM ${schema}.limit_grants g WHERE g.key = p_key AND g.last_place IN (
    SELECT o.last_place FROM ${schema}.limit_grants o
    WHERE o.key = p_key AND o.last_place <= leaving ORDER BY o.last_place LIMIT 100);
  -- Twice as long, so that this index changes seldom.
  UPDATE ${schema}.limits l SET taken = known.taken + p_count, written_at = at,
    stale_at = CASE WHEN l.stale_at < at + watched THEN at + 2 * watched ELSE l.stale_at END
    WHERE l.key = p_key;

  -- A key that nobody uses any more: its grants first, as they are numbered from 1 again without it.
  SELECT l.key INTO stale FROM ${schema}.limits l WHERE l.stale_at <= at AND l.key <> p_key
    ORDER BY l.stale_at LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF FOUND THEN
    DELETE FROM ${schema}.limit_grants g WHERE g.key = stale AND g.last_place IN (
      SELECT o.last_place FROM ${schema}.limit_grants o WHERE o.key = stale ORDER BY o.last_place LIMIT 100);
    GET DIAGNOSTICS removed = ROW_COUNT;
    IF removed < 100 THEN DELETE FROM ${schema}.limits l WHERE l.key = stale; END IF;
  END IF;
  RETURN 0;
END $$;

CREATE FUNCTION ${schema}.pause_limit(p_key text, pause_ms float8, wait_ms float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  known ${schema}.limits := ${schema}.lock_limit(p_key, wait_ms);
  pause_end timestamptz := clock_timestamp() + ${schema}.ms(pause_ms);
BEGIN
  UPDATE ${schema}.limits l SET
    paused_until = greatest(l.paused_until, pause_end),
    stale_at = greatest(l.stale_at, pause_end),
    written_at = clock_timestamp()
    WHERE l.key = p_key;
END $$;`;
}
