import { entryColumns } from "../ledger-row.ts";

/**
 * Parameters: queue, state, the last id of the page before, limit. Written so that only the index by state can give the
 * order: by statistics of yesterday PostgreSQL would take another one, and read the whole queue.
 */
export const listStatement = (schema: string, due: "<=" | ">" | undefined): string => `
SELECT ${entryColumns} FROM ${schema}.ledger
WHERE (state, queue, id) > ($2, $1, $3) AND (state, queue) <= ($2, $1)
  ${due === undefined ? "" : `AND due_at + 0 ${due} (SELECT ${schema}.now_ms())`}
ORDER BY state, queue, id LIMIT $4`;

/** Parameters: queue, ids. By one id after the other, for the same reason. */
export const findStatement = (schema: string): string => `
SELECT l.* FROM unnest($2::text[]) AS wanted (id) CROSS JOIN LATERAL (
  SELECT ${entryColumns}, payload FROM ${schema}.ledger WHERE queue = $1 AND ledger.id = wanted.id OFFSET 0) l`;

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
