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
import { entryColumns, entryOf, type LedgerRow } from "../ledger-row.ts";
import { minuteMs, storedTime } from "../ledger-times.ts";
import { storedKey } from "../stored-key.ts";
import { storedMs } from "../stored-ms.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import {
  addStatement,
  changeStatement,
  countStatement,
  pruneStatement,
  renewStatement,
} from "./postgres-ledger-statements.ts";

/** Each call is one statement, however many entries it is about. */
export class PostgresLedger implements LedgerStore {
  readonly #connection: PostgresConnection;

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
  }

  async add(queue: string, entries: readonly NewLedgerEntry[]): Promise<readonly string[]> {
    if (entries.length === 0) return [];
    const rows = await this.#query(addStatement, [
      queue,
      entries.map(({ id }) => id),
      entries.map(({ key }) => (key === undefined ? null : storedKey(key))),
      entries.map(({ keyMs }) => (keyMs === undefined ? null : storedMs(keyMs))),
      entries.map(({ priority }) => priority),
      entries.map(({ dueAt }) => storedTime(dueAt)),
      entries.map(({ record }) => record),
    ]);
    return rows.map(({ counts }) => String(counts));
  }

  async find(queue: string, ids: readonly string[]): Promise<readonly (LedgerEntry | undefined)[]> {
    if (ids.length === 0) return [];
    const rows = await this.#query(
      (schema) => `SELECT ${entryColumns}, payload FROM ${schema}.ledger WHERE queue = $1 AND id = ANY($2)`,
      [queue, ids],
    );
    const entries = new Map(rows.map((row) => [row["id"], entryOf(row)]));
    return ids.map((id) => entries.get(id));
  }

  async change(queue: string, changes: readonly LedgerChange[]): Promise<readonly (LedgerEntry | undefined)[]> {
    const results: (LedgerEntry | undefined)[] = changes.map(() => undefined);
    for (const round of rounds(changes)) {
      const rows = await this.#query(changeStatement, [
        queue,
        ...columns(round.map((index) => changeValues(changes[index]))),
      ]);
      const entries = new Map(rows.map((row) => [row["id"], entryOf(row)]));
      for (const index of round) results[index] = entries.get(changes[index]?.id);
    }
    return results;
  }

  async renew(queue: string, ids: readonly string[], owner: string, leaseMs: number): Promise<void> {
    if (ids.length > 0) await this.#query(renewStatement, [queue, ids, owner, storedMs(leaseMs)]);
  }

  async list(queue: string, { state, limit, after = "" }: LedgerQuery): Promise<readonly LedgerEntry[]> {
    const isQueued = state === "queued" || state === "scheduled";
    const sign = state === "queued" ? "<=" : ">";
    const rows = await this.#query(
      (schema) => `SELECT ${entryColumns} FROM ${schema}.ledger
        WHERE queue = $1 AND state = $2 AND id > $3 ${isQueued ? `AND due_at ${sign} (SELECT ${schema}.now_ms())` : ""}
        ORDER BY id LIMIT $4`,
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
    const [row] = await this.#query(pruneStatement, [queue, states, storedMs(olderThanMs), limit]);
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

/** Indexes of the changes, apart where there are several of one entry: a statement changes a row once. */
function rounds(changes: readonly LedgerChange[]): readonly (readonly number[])[] {
  const times = new Map<string, number>();
  const all: number[][] = [];
  for (const [index, { id }] of changes.entries()) {
    const time = times.get(id) ?? 0;
    times.set(id, time + 1);
    const round = all[time];
    if (round === undefined) all.push([index]);
    else round.push(index);
  }
  return all;
}

function changeValues(change: LedgerChange | undefined): readonly unknown[] {
  if (change === undefined) return [];
  const { id, where, set } = change;
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
