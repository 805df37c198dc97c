import { aliasMs } from "../ledger-times.ts";

/**
 * Times are milliseconds since 1970. The indexes are for lists by id, for what is due, for pruning and for the rates.
 * None but the primary keys begins with the queue: as long as there are no statistics, PostgreSQL would take one of those
 * to look for an id, and read the whole queue. In ledger_keys stand keys, as `k` and the key, and duplicates, as `i` and their id, with the id that counts.
 */
export function ledgerMigration(schema: string): string {
  return `
CREATE TABLE ${schema}.ledger (
  queue text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  priority integer NOT NULL,
  due_at bigint NOT NULL,
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  owner text,
  leased_until bigint,
  lease_ms bigint NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  replays integer NOT NULL DEFAULT 0,
  key text,
  record text NOT NULL,
  payload bytea,
  PRIMARY KEY (queue, id)
);
CREATE INDEX ledger_state ON ${schema}.ledger (state, queue, id, due_at);
CREATE INDEX ledger_due ON ${schema}.ledger (due_at, queue) WHERE state = 'queued';
CREATE INDEX ledger_changed ON ${schema}.ledger (state, changed_at, queue)
  WHERE state IN ('sent', 'cancelled', 'dead', 'unknown');
CREATE INDEX ledger_created ON ${schema}.ledger (created_at, queue);
CREATE TABLE ${schema}.ledger_keys (
  queue text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  kept_until bigint,
  PRIMARY KEY (queue, key)
);
CREATE INDEX ledger_keys_kept_until ON ${schema}.ledger_keys (kept_until) WHERE kept_until IS NOT NULL;
CREATE TABLE ${schema}.ledger_queues (queue text COLLATE "C" PRIMARY KEY, paused_by text);

CREATE FUNCTION ${schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
  'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

-- The id that counts for a key, or for a duplicate; NULL where the entry is to be made.
CREATE FUNCTION ${schema}.claim_ledger_key(p_queue text, p_id text, p_key text, key_ms bigint, p_due_at bigint)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  at bigint := ${schema}.now_ms();
  counts text;
BEGIN
  SELECT k.id INTO counts FROM ${schema}.ledger_keys k
    WHERE k.queue = p_queue AND k.key = 'i' || p_id AND k.kept_until > at;
  IF FOUND THEN RETURN counts; END IF;
  INSERT INTO ${schema}.ledger_keys AS k VALUES (p_queue, 'k' || p_key, p_id, at + key_ms)
    ON CONFLICT (queue, key) DO UPDATE SET id = excluded.id, kept_until = excluded.kept_until
    WHERE k.kept_until <= ${schema}.now_ms() OR k.id = excluded.id;
  IF FOUND THEN RETURN NULL; END IF;
  SELECT k.id INTO counts FROM ${schema}.ledger_keys k WHERE k.queue = p_queue AND k.key = 'k' || p_key;
  -- Its message may come when the key is long forgotten.
  INSERT INTO ${schema}.ledger_keys VALUES (p_queue, 'i' || p_id, counts, greatest(at, p_due_at) + ${aliasMs})
    ON CONFLICT (queue, key) DO NOTHING;
  RETURN counts;
END $$;

-- In the order of keys, then ids: of two callers with the same ones, one waits for the other and not also the other way.
CREATE FUNCTION ${schema}.add_to_ledger(
  p_queue text, ids text[], keys text[], key_ms bigint[], priorities integer[], due_ats bigint[], records text[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  n record;
  at bigint := ${schema}.now_ms();
  counts text;
  answers text[] := ids;
BEGIN
  FOR n IN SELECT * FROM unnest(ids, keys, key_ms, priorities, due_ats, records)
    WITH ORDINALITY AS one (id, key, key_ms, priority, due_at, record, place)
    ORDER BY one.key COLLATE "C", CASE WHEN one.key IS NULL THEN one.id END COLLATE "C", one.place
  LOOP
    IF n.key IS NOT NULL THEN
      CONTINUE WHEN EXISTS (SELECT FROM ${schema}.ledger l WHERE l.queue = p_queue AND l.id = n.id);
      counts := ${schema}.claim_ledger_key(p_queue, n.id, n.key, n.key_ms, n.due_at);
      IF counts IS NOT NULL THEN
        answers[n.place] := counts;
        CONTINUE;
      END IF;
    END IF;
    INSERT INTO ${schema}.ledger (queue, id, state, priority, due_at, created_at, changed_at, key, record)
      VALUES (p_queue, n.id, 'queued', n.priority, n.due_at, at, at, 'k' || n.key, n.record)
      ON CONFLICT (queue, id) DO NOTHING;
  END LOOP;
  RETURN answers;
END $$;

-- In the order of ids, for the same reason, and several of one entry in their own order. The conditions are those of the
-- moment when the row is locked. A lease that would last longer than it ever did is over: the clock was put back, and it
-- must not become endless.
CREATE FUNCTION ${schema}.change_ledger(
  p_queue text, ids text[], from_states text[], is_owners text[], due_bys bigint[], lease_overs boolean[],
  replays_below integer[], states text[], due_ats bigint[], owners text[], leases bigint[], more_tries integer[],
  replays integer[], records text[], sets_payload boolean[], payloads bytea[]
) RETURNS TABLE (place bigint, entry ${schema}.ledger) LANGUAGE plpgsql AS $$
DECLARE
  c record;
  at bigint;
BEGIN
  FOR c IN SELECT * FROM unnest(ids, from_states, is_owners, due_bys, lease_overs, replays_below, states, due_ats, owners,
      leases, more_tries, replays, records, sets_payload, payloads) WITH ORDINALITY
    AS one (id, from_states, is_owner, due_by, lease_over, replays_below, state, due_at, owner, lease_ms, tries, replays,
      record, sets_payload, payload, place)
    ORDER BY one.id COLLATE "C", one.place
  LOOP
    at := ${schema}.now_ms();
    UPDATE ${schema}.ledger l SET
      state = c.state, due_at = coalesce(c.due_at, l.due_at), changed_at = at, owner = coalesce(c.owner, l.owner),
      leased_until = coalesce(at + c.lease_ms, l.leased_until), lease_ms = coalesce(c.lease_ms, l.lease_ms),
      tries = l.tries + c.tries, replays = coalesce(c.replays, l.replays), record = coalesce(c.record, l.record),
      payload = CASE WHEN c.sets_payload THEN c.payload ELSE l.payload END
    WHERE l.queue = p_queue AND l.id = c.id AND strpos(c.from_states, ',' || l.state || ',') > 0
      AND (c.is_owner IS NULL OR l.owner = c.is_owner)
      AND (c.due_by IS NULL OR l.due_at <= c.due_by)
      AND (c.replays_below IS NULL OR l.replays < c.replays_below)
      AND (NOT c.lease_over OR l.leased_until IS NULL OR l.leased_until <= at OR l.leased_until > at + l.lease_ms)
    RETURNING l.* INTO entry;
    IF FOUND THEN
      place := c.place;
      entry.payload := NULL;
      RETURN NEXT;
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION ${schema}.renew_ledger(p_queue text, ids text[], p_owner text, ms bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one text;
BEGIN
  FOR one IN SELECT id FROM unnest(ids) AS i (id) ORDER BY id COLLATE "C" LOOP
    UPDATE ${schema}.ledger l SET leased_until = ${schema}.now_ms() + ms, lease_ms = ms
      WHERE l.queue = p_queue AND l.id = one AND l.state = 'sending' AND l.owner = p_owner;
  END LOOP;
END $$;

-- Keys go of whichever queue. Says how many entries or keys are gone, whichever is more.
CREATE FUNCTION ${schema}.prune_ledger(p_queue text, states text[], older_than_ms bigint, most integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  at bigint := ${schema}.now_ms();
  s text;
  old record;
  entries integer := 0;
  keys integer := 0;
BEGIN
  FOREACH s IN ARRAY states LOOP
    FOR old IN SELECT l.id, l.key FROM ${schema}.ledger l
      WHERE l.queue = p_queue AND l.state = s AND l.state IN ('sent', 'cancelled', 'dead', 'unknown')
        AND l.changed_at <= at - older_than_ms
      ORDER BY l.changed_at LIMIT most - entries FOR UPDATE SKIP LOCKED
    LOOP
      DELETE FROM ${schema}.ledger l WHERE l.queue = p_queue AND l.id = old.id;
      DELETE FROM ${schema}.ledger_keys k
        WHERE k.queue = p_queue AND k.key = old.key AND k.id = old.id AND k.kept_until IS NULL;
      entries := entries + 1;
    END LOOP;
  END LOOP;
  FOR old IN SELECT k.queue, k.key FROM ${schema}.ledger_keys k WHERE k.kept_until <= at
    ORDER BY k.kept_until LIMIT most FOR UPDATE SKIP LOCKED
  LOOP
    DELETE FROM ${schema}.ledger_keys k WHERE k.queue = old.queue AND k.key = old.key;
    keys := keys + 1;
  END LOOP;
  RETURN greatest(entries, keys);
END $$;`;
}
