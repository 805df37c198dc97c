import type {
  SuppressionEntry,
  SuppressionQuery,
  SuppressionReason,
  SuppressionSelection,
  SuppressionStore,
} from "@mail/core";
import { storedTime } from "../ledger-times.ts";
import { addressKey, storedKey, storedText } from "../stored-key.ts";
import {
  cursorKey,
  endOfPrefix,
  latestOfEach,
  pageOf,
  type SuppressionPage,
  suppressionCounts,
  suppressionKey,
  suppressionOf,
} from "../suppression-row.ts";
import type { PostgresConnection } from "./postgres-connection.ts";

type Row = Readonly<Record<string, unknown>>;

const isAlive = (schema: string): string => `(expires_at IS NULL OR expires_at > (SELECT ${schema}.now_ms()))`;

/** Each call is one statement, however many addresses it is about. */
export class PostgresSuppressions implements SuppressionStore {
  readonly #connection: PostgresConnection;

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
  }

  async add(entries: readonly SuppressionEntry[]): Promise<readonly boolean[]> {
    if (entries.length === 0) return [];
    // In the order of their keys, so that calls at the same time do not wait for each other in a circle.
    const latest = latestOfEach(entries);
    const keys = latest.map(({ entry }) => suppressionKey(entry));
    const optional = (text: string | undefined) => (text === undefined ? null : storedText(text));
    const columns = [
      keys.map(([address]) => address),
      keys.map(([, reason]) => reason),
      keys.map(([, , scope]) => scope),
      latest.map(({ entry }) => storedText(entry.address)),
      latest.map(({ entry }) => storedText(entry.scope)),
      latest.map(({ entry }) => storedTime(entry.at)),
      latest.map(({ entry }) => (entry.expiresAt === undefined ? null : storedTime(entry.expiresAt))),
      latest.map(({ entry }) => optional(entry.note)),
      latest.map(({ entry }) => optional(entry.mailId)),
    ];
    const rows = await this.#query(
      (schema) => `SELECT ${schema}.add_suppressions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS place`,
      (leftMs) => [...columns, leftMs],
    );
    const added = new Set(rows.map(({ place }) => latest[Number(place) - 1]?.first));
    return entries.map((_, index) => added.has(index));
  }

  async find(addresses: readonly string[]): Promise<readonly SuppressionEntry[]> {
    if (addresses.length === 0) return [];
    const keys = [...new Set(addresses.map(addressKey))];
    const rows = await this.#query(
      (schema) => `SELECT s.* FROM unnest($1::text[]) k (key) CROSS JOIN LATERAL (
        SELECT * FROM ${schema}.suppressions WHERE address_key = k.key AND ${isAlive(schema)} OFFSET 0) s`,
      () => [keys],
    );
    return rows.map(suppressionOf);
  }

  async remove(address: string, of: SuppressionSelection = {}): Promise<number> {
    const until = of.until === undefined ? null : storedTime(of.until);
    const scopeKey = of.scope === undefined ? null : storedKey(of.scope);
    const [row] = await this.#query(
      (schema) => `WITH removed AS (
          DELETE FROM ${schema}.suppressions WHERE address_key = $1 AND ($2::text IS NULL OR reason = $2)
            AND ($3::text IS NULL OR scope_key = $3) AND ($4::bigint IS NULL OR at <= $4) RETURNING expires_at)
        SELECT count(*) AS entries FROM removed WHERE ${isAlive(schema)}`,
      () => [addressKey(address), of.reason ?? null, scopeKey, until],
    );
    return Number(row?.["entries"]);
  }

  /** Written so that only one index can give the order: that by address, or that by reason. */
  async list({ limit, after, reason, prefix = "" }: SuppressionQuery): Promise<SuppressionPage> {
    const [address, afterReason, scope] = cursorKey(after);
    const order = reason === undefined ? "address_key, reason, scope_key" : "reason, address_key, scope_key";
    const where =
      reason === undefined
        ? "(address_key, reason, scope_key) > ($1, $2, $3)"
        : "(reason, address_key, scope_key) > ($2, $1, $3) AND reason <= $2";
    const begin = storedText(prefix.toLowerCase());
    const rows = await this.#query(
      (schema) => `SELECT * FROM ${schema}.suppressions WHERE ${where}
        AND address_key >= $4 AND address_key < $5 AND ${isAlive(schema)} ORDER BY ${order} LIMIT $6`,
      () => [address, reason ?? afterReason, scope, begin, endOfPrefix(begin), limit + 1],
    );
    return pageOf(rows, limit);
  }

  async counts(): Promise<Readonly<Record<SuppressionReason, number>>> {
    const rows = await this.#query(
      (schema) =>
        `SELECT reason, count(*) AS entries FROM ${schema}.suppressions WHERE ${isAlive(schema)} GROUP BY reason`,
      () => [],
    );
    return suppressionCounts(rows);
  }

  async #query(
    statement: (schema: string) => string,
    parameters: (leftMs: number) => readonly unknown[],
  ): Promise<readonly Row[]> {
    return await this.#connection.query<Row>(statement(this.#connection.schema), parameters);
  }
}
