import { entryColumns } from "../ledger-row.ts";
import { aliasMs } from "../ledger-times.ts";

/**
 * Parameters: queue; ids, keys, their times, priorities, dueAts, records. The keys come first: of several callers one
 * inserts a key and the others wait for it, all in the order of keys, so that none waits for one that waits for it. The
 * same for the entries then.
 */
export const addStatement = (schema: string): string => `
WITH clock AS MATERIALIZED (SELECT ${schema}.now_ms() AS now),
new AS MATERIALIZED (
  SELECT * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::integer[], $6::bigint[], $7::text[])
    WITH ORDINALITY AS n (id, key, key_ms, priority, due_at, record, place)
),
known AS MATERIALIZED (
  SELECT n.place, CASE WHEN l.id IS NOT NULL THEN l.id ELSE a.id END AS id FROM new n CROSS JOIN clock
    LEFT JOIN ${schema}.ledger l ON l.queue = $1 AND l.id = n.id
    LEFT JOIN ${schema}.ledger_keys a ON a.queue = $1 AND n.key IS NOT NULL AND a.key = 'i' || n.id
      AND a.kept_until > clock.now
  WHERE l.id IS NOT NULL OR a.id IS NOT NULL
),
wanted AS (
  SELECT DISTINCT ON (n.key COLLATE "C") n.key, n.id, clock.now + n.key_ms AS kept_until FROM new n CROSS JOIN clock
  WHERE n.key IS NOT NULL AND n.place NOT IN (SELECT place FROM known) ORDER BY n.key COLLATE "C", n.place
),
claimed AS (
  INSERT INTO ${schema}.ledger_keys AS k (queue, key, id, kept_until)
    SELECT $1, 'k' || key, id, kept_until FROM wanted ORDER BY key COLLATE "C"
  ON CONFLICT (queue, key) DO UPDATE SET
    id = CASE WHEN k.kept_until <= ${schema}.now_ms() THEN excluded.id ELSE k.id END,
    kept_until = CASE WHEN k.kept_until <= ${schema}.now_ms() THEN excluded.kept_until ELSE k.kept_until END
  RETURNING k.key, k.id
),
answer AS (
  SELECT n.*, coalesce(known.id, claimed.id, n.id) AS counts FROM new n
    LEFT JOIN known USING (place) LEFT JOIN claimed ON claimed.key = 'k' || n.key
),
inserted AS (
  INSERT INTO ${schema}.ledger (queue, id, state, priority, due_at, created_at, changed_at, key, record)
    SELECT $1, a.id, 'queued', a.priority, a.due_at, clock.now, clock.now, 'k' || a.key, a.record
    FROM answer a CROSS JOIN clock WHERE a.counts = a.id AND a.place NOT IN (SELECT place FROM known)
    ORDER BY a.id COLLATE "C"
  ON CONFLICT (queue, id) DO NOTHING
),
duplicates AS (
  INSERT INTO ${schema}.ledger_keys (queue, key, id, kept_until)
    SELECT $1, 'i' || a.id, a.counts, greatest(clock.now, a.due_at) + ${aliasMs} FROM answer a CROSS JOIN clock
    WHERE a.counts <> a.id AND a.place NOT IN (SELECT place FROM known) ORDER BY a.id COLLATE "C"
  ON CONFLICT (queue, key) DO NOTHING
)
SELECT counts FROM answer ORDER BY place`;

/**
 * Parameters: queue; ids; conditions: states between commas, owners, dueBys, leaseOvers, replaysBelows; then states, dueAts,
 * owners, leases, what is added to tries, replays, records, whether the payload is set, payloads. The rows are locked in
 * the order of their ids, so that no two callers wait for each other, and the conditions are those of that moment. A lease
 * that would last longer than it ever did is over: the clock was put back, and it must not become endless.
 */
export const changeStatement = (schema: string): string => `
WITH c AS MATERIALIZED (
  SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::boolean[], $7::integer[], $8::text[],
    $9::bigint[], $10::text[], $11::bigint[], $12::integer[], $13::integer[], $14::text[], $15::boolean[], $16::bytea[])
    AS c (id, states, is_owner, due_by, lease_over, replays_below, state, due_at, owner, lease_ms, tries, replays, record,
      sets_payload, payload)
),
locked AS MATERIALIZED (
  SELECT l.id FROM ${schema}.ledger l JOIN c ON l.id = c.id
  WHERE l.queue = $1 AND strpos(c.states, ',' || l.state || ',') > 0
    AND (c.is_owner IS NULL OR l.owner = c.is_owner)
    AND (c.due_by IS NULL OR l.due_at <= c.due_by)
    AND (c.replays_below IS NULL OR l.replays < c.replays_below)
    AND (NOT c.lease_over OR l.leased_until IS NULL OR l.leased_until <= ${schema}.now_ms()
      OR l.leased_until > ${schema}.now_ms() + l.lease_ms)
  ORDER BY l.id FOR UPDATE OF l
)
UPDATE ${schema}.ledger l SET
  state = c.state, due_at = coalesce(c.due_at, l.due_at), changed_at = clock.now, owner = coalesce(c.owner, l.owner),
  leased_until = coalesce(clock.now + c.lease_ms, l.leased_until), lease_ms = coalesce(c.lease_ms, l.lease_ms),
  tries = l.tries + c.tries, replays = coalesce(c.replays, l.replays), record = coalesce(c.record, l.record),
  payload = CASE WHEN c.sets_payload THEN c.payload ELSE l.payload END
FROM c JOIN locked ON locked.id = c.id CROSS JOIN (SELECT ${schema}.now_ms() AS now) clock
WHERE l.queue = $1 AND l.id = c.id
RETURNING ${entryColumns
  .split(", ")
  .map((column) => `l.${column}`)
  .join(", ")}`;

/** Parameters: queue, ids, owner, lease in ms. */
export const renewStatement = (schema: string): string => `
WITH locked AS MATERIALIZED (
  SELECT id FROM ${schema}.ledger WHERE queue = $1 AND id = ANY($2) AND state = 'sending' AND owner = $3
  ORDER BY id FOR UPDATE
)
UPDATE ${schema}.ledger l SET leased_until = ${schema}.now_ms() + $4, lease_ms = $4
FROM locked WHERE l.queue = $1 AND l.id = locked.id`;

/** Parameters: queue, since when the rates count. */
export const countStatement = (schema: string): string => {
  const from = `FROM ${schema}.ledger WHERE queue = $1`;
  return `
SELECT
  (SELECT coalesce(jsonb_object_agg(state, entries), '{}') FROM (
    SELECT state, count(*) AS entries ${from} GROUP BY state) s) AS states,
  (SELECT count(*) ${from} AND state = 'queued' AND due_at > clock.now) AS scheduled,
  (SELECT min(due_at) ${from} AND state = 'queued' AND due_at <= clock.now) AS oldest,
  (SELECT count(*) ${from} AND created_at > clock.now - $2) AS added,
  (SELECT count(*) ${from} AND state = 'sent' AND changed_at > clock.now - $2) AS sent,
  (SELECT count(*) ${from} AND state = 'dead' AND changed_at > clock.now - $2) AS dead
FROM (SELECT ${schema}.now_ms() AS now) clock`;
};

/** Parameters: queue, states, age in ms, limit. */
export const pruneStatement = (schema: string): string => `
WITH old AS MATERIALIZED (
  SELECT id, key FROM ${schema}.ledger
  WHERE queue = $1 AND state = ANY($2) AND state IN ('sent', 'cancelled', 'dead', 'unknown')
    AND changed_at <= (SELECT ${schema}.now_ms()) - $3
  ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED
),
pruned AS (
  DELETE FROM ${schema}.ledger l USING old WHERE l.queue = $1 AND l.id = old.id RETURNING 1
),
bound AS (
  DELETE FROM ${schema}.ledger_keys k USING old
  WHERE k.queue = $1 AND k.key = old.key AND k.id = old.id AND k.kept_until IS NULL
),
over AS (
  DELETE FROM ${schema}.ledger_keys k WHERE k.queue = $1 AND k.key IN (
    SELECT o.key FROM ${schema}.ledger_keys o WHERE o.queue = $1 AND o.kept_until <= (SELECT ${schema}.now_ms())
    ORDER BY o.kept_until LIMIT $4 FOR UPDATE SKIP LOCKED)
  RETURNING 1
)
SELECT greatest((SELECT count(*) FROM pruned), (SELECT count(*) FROM over)) AS forgotten`;
