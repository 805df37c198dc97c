import { randomUUID } from "node:crypto";
import { backoffMs, MailError, toMailError } from "@mail/core";
import type { Settlement } from "../job.ts";
import type { EngineWork, EngineWorker } from "../queue-engine.ts";
import type { Exchange, PackedSettlement } from "./database-calls.ts";
import type { DatabaseClient } from "./database-client.ts";
import { toJson } from "./json-text.ts";
import { type TakenRow, unpackMails } from "./pack-mails.ts";

interface Settled {
  readonly seq: number;
  readonly settlement: Settlement;
}

/** While the database does one exchange, the mails of the other are sent. */
const maxExchanges = 2;

/**
 * Takes mails for its free places and settles them, in few exchanges with the database: what is settled meanwhile goes
 * with the next, so that many mails share a commit.
 */
export class SqliteWorker implements EngineWorker {
  readonly #client: DatabaseClient;
  readonly #work: EngineWork;
  readonly #owner = randomUUID();
  readonly #held = new Map<number, TakenRow>();
  readonly #lost = new Set<number>();
  readonly #renewal: NodeJS.Timeout;
  readonly #done = Promise.withResolvers<void>();
  #settled: Settled[] = [];
  #mayFindMore = true;
  /** Counts the times when something may have come. */
  #wakes = 0;
  /** Mails that are being settled: by their rows. */
  readonly #settling = new Set<number>();
  /** Places for which mails are being taken. */
  #taking = 0;
  #exchanges = 0;
  #isScheduled = false;
  #isClosing = false;
  #hasEnded = false;
  #failures = 0;

  constructor(client: DatabaseClient, work: EngineWork) {
    this.#client = client;
    this.#work = work;
    client.hold();
    this.#renewal = setInterval(() => void this.#renew(), work.leaseMs / 3);
    this.#go();
  }

  /** There may be something to take. */
  wake(): void {
    this.#wakes += 1;
    this.#mayFindMore = true;
    this.#go();
  }

  close(): Promise<void> {
    this.#isClosing = true;
    this.#go();
    return this.#done.promise;
  }

  /** Waits for the end of this turn of the event loop, so that mails that end together are settled together. */
  #go(): void {
    if (this.#isClosing && this.#held.size === 0 && this.#exchanges === 0) {
      this.#end();
      return;
    }
    if (this.#isScheduled || this.#exchanges === maxExchanges) return;
    if (this.#settled.length === 0 && this.#want() === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#exchange();
    });
  }

  /** Places to take mails for: not all at once, or all mails would be sent and settled in the same step. */
  #want(): number {
    if (this.#isClosing || !this.#mayFindMore) return 0;
    const { concurrency } = this.#work;
    const free = concurrency - this.#taking - (this.#held.size - this.#settling.size - this.#settled.length);
    return Math.min(free, Math.ceil(concurrency / maxExchanges));
  }

  async #exchange(): Promise<void> {
    const want = this.#want();
    const settled = this.#settled.splice(0);
    if (settled.length === 0 && want === 0) {
      this.#go();
      return;
    }
    this.#exchanges += 1;
    for (const { seq } of settled) this.#settling.add(seq);
    this.#taking += want;
    const wakes = this.#wakes;
    const { leaseMs } = this.#work;
    const input = { owner: this.#owner, leaseMs, settled: toJson(settled.map(packSettlement)), want };
    const exchange = await this.#client.call("exchange", input).catch(toMailError);
    for (const { seq } of settled) this.#settling.delete(seq);
    this.#taking -= want;
    if (exchange instanceof Error) await this.#failed(settled, exchange);
    else {
      if (exchange.taken.count < want && wakes === this.#wakes) this.#mayFindMore = false;
      this.#exchanged(settled, exchange);
    }
    this.#exchanges -= 1;
    this.#go();
  }

  async #failed(settled: readonly Settled[], error: MailError): Promise<void> {
    this.#settled.unshift(...settled);
    this.#failures += 1;
    this.#work.onError(error);
    await new Promise((resolve) => setTimeout(resolve, backoffMs(this.#failures, { initialMs: 100, maxMs: 5000 })));
  }

  #exchanged(settled: readonly Settled[], exchange: Exchange): void {
    const { lost, damaged } = exchange;
    this.#failures = 0;
    for (const { seq, settlement } of settled) {
      if (lost.includes(seq)) this.#tellLost(seq);
      else settlement.recorded?.();
      this.#held.delete(seq);
      this.#lost.delete(seq);
    }
    for (const { id, problem } of damaged) this.#work.onError(damagedMail(id, problem));
    for (const row of unpackMails(exchange.taken)) {
      this.#held.set(row.seq, row);
      void this.#handle(row);
    }
  }

  async #handle({ seq, job }: TakenRow): Promise<void> {
    this.#settled.push({ seq, settlement: await this.#work.handle(job) });
    this.#go();
  }

  async #renew(): Promise<void> {
    const seqs = [...this.#held.keys()].filter((seq) => !this.#lost.has(seq));
    if (seqs.length === 0) return;
    try {
      const input = { owner: this.#owner, leaseMs: this.#work.leaseMs, seqs };
      for (const seq of await this.#client.call("renew", input)) this.#tellLost(seq);
    } catch (thrown) {
      this.#work.onError(toMailError(thrown));
    }
  }

  /** Once for each mail, unless it was settled while this was found out, or is: that tells by itself. */
  #tellLost(seq: number): void {
    const row = this.#held.get(seq);
    if (row === undefined || this.#lost.has(seq) || this.#settling.has(seq)) return;
    this.#lost.add(seq);
    this.#work.onError(lostLease(row.job.id));
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearInterval(this.#renewal);
    this.#client.release();
    this.#done.resolve();
  }
}

function packSettlement({ seq, settlement }: Settled): PackedSettlement {
  const { state, record } = settlement;
  if (settlement.state !== "queued") return [seq, state, record, null, true];
  return [seq, state, record, Math.ceil(settlement.dueAt), settlement.isTry];
}

function lostLease(id: string): MailError {
  return new MailError(`The lease of mail ${id} ran out while it was being sent, and another worker has it.`, {
    code: "unknown",
    delivery: "unknown",
    hint: "The process was held up for longer than leaseMs. Give it a longer lease, or see why.",
  });
}

function damagedMail(id: string, problem: string): MailError {
  return new MailError(`Mail ${id} is damaged in the database: ${problem}.`, {
    code: "invalid_message",
    hint: "It was given up alone. Check the disk, and the file with `PRAGMA integrity_check`.",
  });
}
