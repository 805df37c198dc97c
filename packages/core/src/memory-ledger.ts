import type {
  LedgerChange,
  LedgerCounts,
  LedgerEntry,
  LedgerQuery,
  LedgerState,
  LedgerStore,
  NewLedgerEntry,
} from "./ledger.ts";

interface Row {
  readonly entry: LedgerEntry;
  readonly key: string | undefined;
  /** How long the lease was when it was given. */
  readonly leaseMs: number;
}

interface Key {
  readonly id: string;
  /** `undefined` where it lasts as long as the entry. */
  readonly keptUntil: number | undefined;
}

interface Queue {
  readonly rows: Map<string, Row>;
  /** By their name, and by the id of a duplicate as `aliasOf` has it. */
  readonly keys: Map<string, Key>;
  pausedBy: string | undefined;
}

const minuteMs = 60_000;

/** For how long after it is due a duplicate is known as one, when its own message comes. */
const aliasMs = 30 * 24 * 60 * minuteMs;

/** Keys that ran out are looked for, oldest first, whenever entries are added: this many for each of them. */
const sweepPerEntry = 2;

/** A ledger of this process. */
export class MemoryLedger implements LedgerStore {
  readonly #queues = new Map<string, Queue>();

  async add(queue: string, entries: readonly NewLedgerEntry[]): Promise<readonly string[]> {
    const { rows, keys } = this.#queueOf(queue);
    const now = Date.now();
    sweep(keys, now, entries.length * sweepPerEntry);
    return entries.map(({ id, key, keyMs, priority, dueAt, record }) => {
      if (rows.has(id)) return id;
      const known =
        keptKey(keys, aliasOf(id), now) ?? (key === undefined ? undefined : keptKey(keys, nameOf(key), now));
      if (known !== undefined) {
        keys.set(aliasOf(id), { id: known.id, keptUntil: Math.max(now, dueAt) + aliasMs });
        return known.id;
      }
      const times = { dueAt, createdAt: now, changedAt: now };
      const entry: LedgerEntry = { id, state: "queued", priority, ...times, tries: 0, replays: 0, record };
      rows.set(id, { entry, key, leaseMs: 0 });
      if (key !== undefined) keys.set(nameOf(key), { id, keptUntil: keyMs === undefined ? undefined : now + keyMs });
      return id;
    });
  }

  async find(queue: string, ids: readonly string[]): Promise<readonly (LedgerEntry | undefined)[]> {
    const { rows } = this.#queueOf(queue);
    return ids.map((id) => rows.get(id)?.entry);
  }

  async change(queue: string, changes: readonly LedgerChange[]): Promise<readonly (LedgerEntry | undefined)[]> {
    const { rows } = this.#queueOf(queue);
    const now = Date.now();
    return changes.map(({ id, where, set }) => {
      const row = rows.get(id);
      if (row === undefined || !holds(row, where, now)) return undefined;
      const entry = changed(row.entry, set, now);
      rows.set(id, { ...row, entry, leaseMs: set.lease?.ms ?? row.leaseMs });
      return withoutPayload(entry);
    });
  }

  async renew(queue: string, ids: readonly string[], owner: string, leaseMs: number): Promise<void> {
    const { rows } = this.#queueOf(queue);
    const leasedUntil = Date.now() + leaseMs;
    for (const id of ids) {
      const row = rows.get(id);
      if (row?.entry.state !== "sending" || row.entry.owner !== owner) continue;
      rows.set(id, { ...row, entry: { ...row.entry, leasedUntil }, leaseMs });
    }
  }

  async list(queue: string, { state, limit, after = "" }: LedgerQuery): Promise<readonly LedgerEntry[]> {
    const now = Date.now();
    const entries: LedgerEntry[] = [];
    for (const { entry } of this.#queueOf(queue).rows.values()) {
      if (entry.id > after && shownState(entry, now) === state) entries.push(entry);
    }
    entries.sort((one, other) => (one.id < other.id ? -1 : 1));
    return entries.slice(0, limit).map(withoutPayload);
  }

  async counts(queue: string): Promise<LedgerCounts> {
    const now = Date.now();
    const states = { queued: 0, scheduled: 0, sending: 0, sent: 0, unknown: 0, dead: 0, cancelled: 0 };
    const lastMinute = { added: 0, sent: 0, dead: 0 };
    let oldestDueAt = Number.POSITIVE_INFINITY;
    for (const { entry } of this.#queueOf(queue).rows.values()) {
      const state = shownState(entry, now);
      states[state]++;
      if (state === "queued") oldestDueAt = Math.min(oldestDueAt, entry.dueAt);
      if (entry.createdAt > now - minuteMs) lastMinute.added++;
      if ((state === "sent" || state === "dead") && entry.changedAt > now - minuteMs) lastMinute[state]++;
    }
    return { states, ...(states.queued > 0 && { oldestDueAt }), lastMinute };
  }

  async prune(queue: string, states: readonly LedgerState[], olderThanMs: number, limit: number): Promise<number> {
    const { rows, keys } = this.#queueOf(queue);
    const before = Date.now() - olderThanMs;
    let pruned = 0;
    for (const [id, { entry, key }] of rows) {
      if (pruned === limit) break;
      if (!states.includes(entry.state) || entry.changedAt > before) continue;
      rows.delete(id);
      pruned++;
      const known = key === undefined ? undefined : keys.get(nameOf(key));
      if (key !== undefined && known?.id === id && known.keptUntil === undefined) keys.delete(nameOf(key));
    }
    return pruned;
  }

  async pausedBy(queue: string): Promise<string | undefined> {
    return this.#queueOf(queue).pausedBy;
  }

  async setPaused(queue: string, reason: string | undefined): Promise<void> {
    this.#queueOf(queue).pausedBy = reason;
  }

  #queueOf(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue: Queue = { rows: new Map(), keys: new Map(), pausedBy: undefined };
    this.#queues.set(name, queue);
    return queue;
  }
}

const nameOf = (key: string): string => `k${key}`;
const aliasOf = (id: string): string => `i${id}`;

function keptKey(keys: ReadonlyMap<string, Key>, name: string, now: number): Key | undefined {
  const key = keys.get(name);
  return key === undefined || (key.keptUntil !== undefined && key.keptUntil <= now) ? undefined : key;
}

function holds({ entry, leaseMs }: Row, where: LedgerChange["where"], now: number): boolean {
  if (!where.states.includes(entry.state)) return false;
  if (where.owner !== undefined && entry.owner !== where.owner) return false;
  if (where.dueBy !== undefined && entry.dueAt > where.dueBy) return false;
  if (where.leaseOver && !isLeaseOver(entry.leasedUntil, leaseMs, now)) return false;
  return where.replaysBelow === undefined || entry.replays < where.replaysBelow;
}

/** Also where it would last longer than it ever did: the clock was put back, and the lease must not become endless. */
function isLeaseOver(leasedUntil: number | undefined, leaseMs: number, now: number): boolean {
  return leasedUntil === undefined || leasedUntil <= now || leasedUntil > now + leaseMs;
}

function changed(entry: LedgerEntry, set: LedgerChange["set"], now: number): LedgerEntry {
  const { payload: before, ...rest } = entry;
  const payload = set.payload === undefined ? before : (set.payload ?? undefined);
  return {
    ...rest,
    state: set.state,
    dueAt: set.dueAt ?? entry.dueAt,
    changedAt: now,
    ...(set.lease !== undefined && { owner: set.lease.owner, leasedUntil: now + set.lease.ms }),
    tries: entry.tries + (set.tries ?? 0),
    replays: set.replays ?? entry.replays,
    record: set.record ?? entry.record,
    ...(payload !== undefined && { payload }),
  };
}

function shownState({ state, dueAt }: LedgerEntry, now: number): LedgerQuery["state"] {
  return state === "queued" && dueAt > now ? "scheduled" : state;
}

function withoutPayload({ payload: _, ...entry }: LedgerEntry): LedgerEntry {
  return entry;
}

/** Forgets keys that ran out among the `limit` oldest; those that stay go to the end, so that all have their turn. */
function sweep(keys: Map<string, Key>, now: number, limit: number): void {
  let left = Math.min(limit, keys.size);
  for (const [name, key] of keys) {
    if (left-- === 0) return;
    keys.delete(name);
    if (key.keptUntil === undefined || key.keptUntil > now) keys.set(name, key);
  }
}
