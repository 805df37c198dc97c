import type {
  LedgerChange,
  LedgerCounts,
  LedgerEntry,
  LedgerQuery,
  LedgerState,
  LedgerStore,
  NewLedgerEntry,
} from "@mail/core";
import { countsOf } from "../ledger-counts.ts";
import { entryOf, type LedgerRow } from "../ledger-row.ts";
import { minuteMs, storedTime } from "../ledger-times.ts";
import { storedKey } from "../stored-key.ts";
import { storedMs } from "../stored-ms.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { countStatement, findStatement, listStatement } from "./postgres-ledger-statements.ts";

/** Each call is one statement, however many entries it is about. */
export class PostgresLedger implements LedgerStore {
  readonly #connection: PostgresConnection;

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
  }

  async add(queue: string, entries: readonly NewLedgerEntry[]): Promise<readonly string[]> {
    if (entries.length === 0) return [];
    const [row] = await this.#query(
      (schema) => `SELECT ${schema}.add_to_ledger($1, $2, $3, $4, $5, $6, $7) AS ids`,
      [
        queue,
        entries.map(({ id }) => id),
        entries.map(({ key }) => (key === undefined ? null : storedKey(key))),
        entries.map(({ keyMs }) => (keyMs === undefined ? null : storedMs(keyMs))),
        entries.map(({ priority }) => priority),
        entries.map(({ dueAt }) => storedTime(dueAt)),
        entries.map(({ record }) => record),
      ],
    );
    return row?.["ids"] as string[];
  }

  async find(queue: string, ids: readonly string[]): Promise<readonly (LedgerEntry | undefined)[]> {
    if (ids.length === 0) return [];
    const rows = await this.#query(findStatement, [queue, ids]);
    const entries = new Map(rows.map((row) => [row["id"], entryOf(row)]));
    return ids.map((id) => entries.get(id));
  }

  async change(queue: string, changes: readonly LedgerChange[]): Promise<readonly (LedgerEntry | undefined)[]> {
    if (changes.length === 0) return [];
    const rows = await this.#query(
      (schema) => `SELECT place, (entry).* FROM ${schema}.change_ledger(
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
      [queue, ...columns(changes.map(changeValues))],
    );
    const entries = new Map(rows.map((row) => [Number(row["place"]), entryOf(row)]));
    return changes.map((_, index) => entries.get(index + 1));
  }

  async renew(queue: string, ids: readonly string[], owner: string, leaseMs: number): Promise<void> {
    if (ids.length > 0) {
      const parameters = [queue, ids, owner, storedMs(leaseMs)];
      await this.#query((schema) => `SELECT ${schema}.renew_ledger($1, $2, $3, $4)`, parameters);
    }
  }

  async list(queue: string, { state, limit, after = "" }: LedgerQuery): Promise<readonly LedgerEntry[]> {
    const isQueued = state === "queued" || state === "scheduled";
    const due = isQueued ? (state === "queued" ? "<=" : ">") : undefined;
    const rows = await this.#query(
      (schema) => listStatement(schema, due),
      [queue, isQueued ? "queued" : state, after, limit],
    );
    return rows.map(entryOf);
  }

  async counts(queue: string): Promise<LedgerCounts> {
    const [row] = await this.#query(countStatement, [queue, minuteMs]);
    const states = Object.entries(row?.["states"] ?? {}).map(([state, entries]) => ({ state, entries }));
    return countsOf(states, row);
  }

  async prune(queue: string, states: readonly LedgerState[], olderThanMs: number, limit: number): Promise<number> {
    const parameters = [queue, states, storedMs(olderThanMs), limit];
    const [row] = await this.#query(
      (schema) => `SELECT ${schema}.prune_ledger($1, $2, $3, $4) AS forgotten`,
      parameters,
    );
    return Number(row?.["forgotten"]);
  }

  async pausedBy(queue: string): Promise<string | undefined> {
    const [row] = await this.#query(
      (schema) => `SELECT paused_by FROM ${schema}.ledger_queues WHERE queue = $1`,
      [queue],
    );
    const reason = row?.["paused_by"];
    return typeof reason === "string" ? reason : undefined;
  }

  async setPaused(queue: string, reason: string | undefined): Promise<void> {
    await this.#query(
      (schema) => `INSERT INTO ${schema}.ledger_queues (queue, paused_by) VALUES ($1, $2)
        ON CONFLICT (queue) DO UPDATE SET paused_by = excluded.paused_by`,
      [queue, reason ?? null],
    );
  }

  async #query(statement: (schema: string) => string, parameters: readonly unknown[]): Promise<readonly LedgerRow[]> {
    return await this.#connection.query<LedgerRow>(statement(this.#connection.schema), () => parameters);
  }
}

function changeValues({ id, where, set }: LedgerChange): readonly unknown[] {
  return [
    id,
    `,${where.states.join(",")},`,
    where.owner ?? null,
    where.dueBy === undefined ? null : Math.floor(where.dueBy),
    where.leaseOver === true,
    where.replaysBelow ?? null,
    set.state,
    set.dueAt === undefined ? null : storedTime(set.dueAt),
    set.lease?.owner ?? null,
    set.lease === undefined ? null : storedMs(set.lease.ms),
    set.tries ?? 0,
    set.replays ?? null,
    set.record ?? null,
    set.payload !== undefined,
    set.payload ? Buffer.from(set.payload.buffer, set.payload.byteOffset, set.payload.byteLength) : null,
  ];
}

/** Rows of values as one list for each column. */
function columns(rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));
}
