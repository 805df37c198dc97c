import type { LedgerCounts, MailError } from "@mail/core";
import type { AddedJob, NewJob, Settlement, StoredJob, TakenJob } from "./job.ts";
import type { EngineWork, JobChange, JobQuery, QueueEngine } from "./queue-engine.ts";

interface Row extends StoredJob {
  readonly key: string | undefined;
  readonly payload: Uint8Array | undefined;
  readonly interrupted: boolean;
}

/** An engine in memory that tests can look into and steer. Workers take what is due when `tick` is called. */
export class MemoryEngine implements QueueEngine {
  readonly name = "memory";
  readonly maxPayloadBytes?: number;
  readonly blobFolder?: string;
  readonly rows = new Map<string, Row>();
  /** Errors that the next calls of `add` throw. */
  readonly addErrors: MailError[] = [];
  readonly addSizes: number[] = [];
  readonly keyMs = new Map<string, number>();
  reason: string | undefined;
  closed = 0;
  #work: EngineWork | undefined;
  readonly #running = new Set<Promise<void>>();

  constructor(options: Pick<QueueEngine, "maxPayloadBytes" | "blobFolder"> = {}) {
    Object.assign(this, options);
  }

  async add(jobs: readonly NewJob[]): Promise<readonly AddedJob[]> {
    const error = this.addErrors.shift();
    if (error !== undefined) throw error;
    this.addSizes.push(jobs.length);
    return jobs.map((job) => {
      const earlier = [...this.rows.values()].find(({ key }) => key !== undefined && key === job.key);
      if (earlier !== undefined && earlier.id !== job.id) return { id: earlier.id, duplicate: true };
      if (this.rows.has(job.id)) return { id: job.id, duplicate: false };
      const now = Date.now();
      if (job.key !== undefined) this.keyMs.set(job.key, job.keyMs);
      const { key, payload, ...rest } = job;
      this.rows.set(job.id, {
        ...rest,
        key,
        payload,
        state: "queued",
        createdAt: now,
        changedAt: now,
        tries: 0,
        interrupted: false,
      });
      return { id: job.id, duplicate: false };
    });
  }

  work(work: EngineWork) {
    this.#work = work;
    return {
      close: async () => {
        this.#work = undefined;
        await Promise.all(this.#running);
      },
    };
  }

  /** Hands out what is due, and waits until it is settled. */
  async tick(): Promise<void> {
    this.take();
    await Promise.all(this.#running);
  }

  take(): void {
    if (this.reason !== undefined || this.#work === undefined) return;
    const due = [...this.rows.values()].filter(({ state, dueAt }) => state === "queued" && dueAt <= Date.now());
    for (const row of due.sort((a, b) => a.priority - b.priority)) {
      const running = this.#run(row, this.#work).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
  }

  /** Makes a mail look as after a crash of its worker. */
  interrupt(id: string): void {
    this.#set(id, { interrupted: true });
  }

  /** Replaces what is kept of a mail. */
  damage(id: string, payload: Uint8Array): void {
    this.#set(id, { payload });
  }

  /** Makes a mail due now. */
  bringForward(id: string): void {
    this.#set(id, { dueAt: Date.now() });
  }

  damageRecord(id: string, record: string): void {
    this.#set(id, { record });
  }

  async #run(
    { id, priority, createdAt, record, payload = new Uint8Array(), tries, interrupted }: Row,
    work: EngineWork,
  ) {
    this.#set(id, { state: "sending", tries: tries + 1, interrupted: false });
    const job: TakenJob = { id, priority, createdAt, record, payload, tries: tries + 1, interrupted };
    const settlement: Settlement = await work.handle(job);
    const { state } = settlement;
    this.#set(id, {
      state,
      record: settlement.record,
      ...(settlement.state === "queued" && { dueAt: settlement.dueAt, tries: settlement.isTry ? tries + 1 : tries }),
      ...(["sent", "cancelled"].includes(state) && { payload: undefined }),
    });
    settlement.recorded?.();
  }

  #set(id: string, changes: Partial<Row>): void {
    const row = this.rows.get(id);
    if (row === undefined) throw new Error(`no mail ${id}`);
    this.rows.set(id, { ...row, ...changes, changedAt: Date.now() });
  }

  async find(id: string): Promise<StoredJob | undefined> {
    const row = this.rows.get(id);
    return row && { ...row, state: row.state === "queued" && row.dueAt > Date.now() ? "scheduled" : row.state };
  }

  async payload(id: string): Promise<Uint8Array | undefined> {
    return this.rows.get(id)?.payload;
  }

  async list({ state, limit, after = "" }: JobQuery): Promise<readonly StoredJob[]> {
    const all = await Promise.all([...this.rows.keys()].sort().map((id) => this.find(id)));
    return all
      .filter((job) => job !== undefined && job.state === state && job.id > after)
      .slice(0, limit) as StoredJob[];
  }

  async counts(): Promise<LedgerCounts> {
    const states = { queued: 0, scheduled: 0, sending: 0, sent: 0, unknown: 0, dead: 0, cancelled: 0 };
    for (const id of this.rows.keys()) states[(await this.find(id))?.state ?? "dead"]++;
    return { states, lastMinute: { added: this.rows.size, sent: states.sent, dead: states.dead } };
  }

  async change(id: string, { from, to, record }: JobChange): Promise<boolean> {
    const job = await this.find(id);
    if (job === undefined || !from.includes(job.state)) return false;
    this.#set(id, { state: to, record: record(job.record), ...(to === "queued" && { dueAt: Date.now() }) });
    return true;
  }

  async pausedBy(): Promise<string | undefined> {
    return this.reason;
  }

  async setPaused(reason: string | undefined): Promise<void> {
    this.reason = reason;
  }

  async close(): Promise<void> {
    this.closed++;
  }
}
