import type {
  LedgerChange,
  LedgerCounts,
  LedgerEntry,
  LedgerQuery,
  LedgerState,
  LedgerStore,
  NewLedgerEntry,
} from "@mail/core";
import { storedTime } from "../ledger-times.ts";
import { storedKey } from "../stored-key.ts";
import { storedMs } from "../stored-ms.ts";
import type { RedisConnection, RedisParameter, RedisScript } from "./redis-connection.ts";
import {
  addScript,
  changeScript,
  countScript,
  findScript,
  listScript,
  pauseScript,
  pruneScript,
  renewScript,
} from "./redis-ledger-scripts.ts";

/** Of ids, entries or changes, so many go into one script: others wait while it runs, and Lua's stack is limited. */
const itemsPerScript = 250;

/** A hash for each entry, and sorted sets for each state. */
export class RedisLedger implements LedgerStore {
  readonly #connection: RedisConnection;
  readonly #prefix: string;

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  async add(queue: string, entries: readonly NewLedgerEntry[]): Promise<readonly string[]> {
    return await inParts(entries, async (part) => {
      const parameters = part.flatMap(({ id, key, keyMs, priority, dueAt, record }) => [
        id,
        key === undefined ? "" : `=${storedKey(key)}`,
        keyMs === undefined ? "" : storedMs(keyMs),
        priority,
        storedTime(dueAt),
        record,
      ]);
      return (await this.#connection.run(addScript, this.#keys(queue), parameters)) as string[];
    });
  }

  async find(queue: string, ids: readonly string[]): Promise<readonly (LedgerEntry | undefined)[]> {
    return await inParts(ids, async (part) => {
      const found = await this.#connection.runForBytes(findScript, this.#keys(queue), part);
      return (found as (Buffer | null)[][]).map(([...values]) => {
        const payload = values.pop();
        const entry = entryOf(values.map((value) => value?.toString() ?? null));
        return entry && payload ? { ...entry, payload } : entry;
      });
    });
  }

  async change(queue: string, changes: readonly LedgerChange[]): Promise<readonly (LedgerEntry | undefined)[]> {
    return await inParts(changes, async (part) => {
      const results = await this.#connection.run(changeScript, this.#keys(queue), part.flatMap(changeParameters));
      return (results as (string | null)[][]).map(entryOf);
    });
  }

  async renew(queue: string, ids: readonly string[], owner: string, leaseMs: number): Promise<void> {
    await inParts(ids, async (part) => {
      await this.#connection.run(renewScript, this.#keys(queue), [owner, storedMs(leaseMs), ...part]);
      return [];
    });
  }

  async list(queue: string, { state, limit, after = "" }: LedgerQuery): Promise<readonly LedgerEntry[]> {
    const entries: LedgerEntry[] = [];
    let from = after;
    do {
      const [stop, page] = (await this.#ask(listScript, queue, state, limit - entries.length, from)) as ListAnswer;
      entries.push(...page.flatMap((values) => entryOf(values) ?? []));
      from = stop;
    } while (from !== "" && entries.length < limit);
    return entries;
  }

  async counts(queue: string): Promise<LedgerCounts> {
    const answer = (await this.#ask(countScript, queue)) as readonly (number | string)[];
    const oldest = answer[10];
    const [queued = 0, scheduled = 0, sending = 0, sent = 0, unknown = 0, dead = 0, cancelled = 0, ...lately] =
      answer.map(Number);
    return {
      states: { queued, scheduled, sending, sent, unknown, dead, cancelled },
      ...(oldest !== "" && { oldestDueAt: Number(oldest) }),
      lastMinute: { added: lately[0] ?? 0, sent: lately[1] ?? 0, dead: lately[2] ?? 0 },
    };
  }

  async prune(queue: string, states: readonly LedgerState[], olderThanMs: number, limit: number): Promise<number> {
    return Number(await this.#ask(pruneScript, queue, storedMs(olderThanMs), limit, ...states));
  }

  async pausedBy(queue: string): Promise<string | undefined> {
    const reason = await this.#ask(pauseScript, queue);
    return typeof reason === "string" ? reason : undefined;
  }

  async setPaused(queue: string, reason: string | undefined): Promise<void> {
    await this.#ask(pauseScript, queue, reason === undefined ? "" : `=${reason}`);
  }

  async #ask(script: RedisScript, queue: string, ...parameters: readonly RedisParameter[]): Promise<unknown> {
    return await this.#connection.run(script, this.#keys(queue), parameters);
  }

  /** A name with braces in it would end the part that decides the slot in a cluster too early. */
  #keys(queue: string): readonly string[] {
    return [`${this.#prefix}{ledger:${queue.replaceAll("%", "%25").replaceAll("}", "%7d")}}:`];
  }
}

type ListAnswer = readonly [stop: string, page: readonly (readonly (string | null)[])[]];

async function inParts<Item, Result>(
  items: readonly Item[],
  run: (part: Item[]) => Promise<Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += itemsPerScript)
    results.push(...(await run(items.slice(first, first + itemsPerScript))));
  return results;
}

function changeParameters({ id, where, set }: LedgerChange): RedisParameter[] {
  return [
    id,
    `,${where.states.join(",")},`,
    where.owner === undefined ? "" : `=${where.owner}`,
    where.dueBy ?? "",
    where.leaseOver ? 1 : "",
    where.replaysBelow ?? "",
    set.state,
    set.dueAt === undefined ? "" : storedTime(set.dueAt),
    set.lease === undefined ? "" : `=${set.lease.owner}`,
    set.lease === undefined ? "" : storedMs(set.lease.ms),
    set.tries ?? 0,
    set.replays ?? "",
    set.record === undefined ? "" : `=${set.record}`,
    payloadParameter(set.payload),
  ];
}

function payloadParameter(payload: Uint8Array | null | undefined): RedisParameter {
  if (payload === undefined) return "";
  return payload === null ? "-" : Buffer.concat([Buffer.from("="), payload]);
}

/** In the order of the scripts' `fields`; nothing where there is no entry. */
function entryOf(values: readonly (string | null)[]): LedgerEntry | undefined {
  const [id, state, priority, dueAt, createdAt, changedAt, owner, leasedUntil, tries, replays, record] = values;
  if (id === undefined || id === null) return undefined;
  return {
    id,
    state: state as LedgerState,
    priority: Number(priority),
    dueAt: Number(dueAt),
    createdAt: Number(createdAt),
    changedAt: Number(changedAt),
    ...(typeof owner === "string" && { owner }),
    ...(typeof leasedUntil === "string" && { leasedUntil: Number(leasedUntil) }),
    tries: Number(tries),
    replays: Number(replays),
    record: record ?? "",
  };
}
