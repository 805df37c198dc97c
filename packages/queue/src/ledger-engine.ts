import { amendError, checkOptions, type LedgerStore, MailError, toMailError } from "@mail/core";
import type { Broker } from "./broker.ts";
import { changeEntry } from "./ledger-engine/change-entry.ts";
import { ledgerEntry, storedJob } from "./ledger-engine/ledger-entry.ts";
import { LedgerWorker } from "./ledger-engine/ledger-worker.ts";
import { Pruner } from "./ledger-engine/pruner.ts";
import type { QueueEngine } from "./queue-engine.ts";

export interface LedgerEngineOptions {
  readonly broker: Broker;
  /** `ledger` of a store; the store stays open when the engine is closed. */
  readonly ledger: LedgerStore;
  /** Of the queue, in the ledger. */
  readonly name: string;
  /**
   * How long mails that were sent or cancelled stay known, in milliseconds. Default 7 days. Longer than a broker can be
   * away: it may deliver a message again whose mail was sent just before.
   */
  readonly keepMs?: number | undefined;
  /** The same for those that are dead or unknown, with their payloads. Default 30 days. */
  readonly keepDeadMs?: number | undefined;
}

const dayMs = 86_400_000;

const rules = {
  broker: { type: "object", required: true },
  ledger: { type: "object", required: true },
  name: { type: "string", required: true },
  keepMs: { type: "integer" },
  keepDeadMs: { type: "integer" },
} as const;

/**
 * An engine made of a message broker, which hands mails out, and a ledger, which remembers them. Every mail that the ledger
 * knows was given to the broker before, so that a crash in between leaves none that waits for ever; and no mail is sent
 * but by the owner of its lease in the ledger, however often the broker delivers it.
 * @throws MailError `configuration`
 */
export function ledgerEngine(options: LedgerEngineOptions): QueueEngine {
  checkOptions("ledgerEngine", options, rules);
  const { broker, ledger, name, keepMs = 7 * dayMs, keepDeadMs = 30 * dayMs } = options;
  const pruner = new Pruner(ledger, name, { keepMs, keepDeadMs });
  const workers = new Set<LedgerWorker>();
  let closing: Promise<void> | undefined;
  const checkOpen = (): void => {
    if (closing !== undefined) throw closedEngine();
  };
  const close = async (): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.close()));
    await pruner.idle();
    await broker.close();
  };
  return {
    name: broker.name,
    get maxPayloadBytes() {
      return broker.maxPayloadBytes;
    },
    async add(jobs) {
      checkOpen();
      if (jobs.length === 0) return [];
      await broker.publish(jobs.map((job) => ({ ...job, replays: 0 })));
      pruner.occasion();
      const ids = await ledger.add(name, jobs.map(ledgerEntry)).catch(throwUnsure);
      return jobs.map((job, index) => ({ id: ids[index] ?? job.id, duplicate: ids[index] !== job.id }));
    },
    work(work) {
      checkOpen();
      const worker = new LedgerWorker({ broker, ledger, name, pruner }, work);
      workers.add(worker);
      return {
        async close() {
          await worker.close();
          workers.delete(worker);
        },
      };
    },
    async find(id) {
      checkOpen();
      const [entry] = await ledger.find(name, [id]);
      return entry && storedJob(entry);
    },
    async payload(id) {
      checkOpen();
      return (await ledger.find(name, [id]))[0]?.payload;
    },
    async list(query) {
      checkOpen();
      return (await ledger.list(name, query)).map(storedJob);
    },
    async counts() {
      checkOpen();
      return await ledger.counts(name);
    },
    async change(id, change) {
      checkOpen();
      return await changeEntry({ broker, ledger, name }, id, change);
    },
    async pausedBy() {
      checkOpen();
      return await ledger.pausedBy(name);
    },
    async setPaused(reason) {
      checkOpen();
      for (const worker of workers) worker.setPaused(reason !== undefined);
      await ledger.setPaused(name, reason);
    },
    async close() {
      closing ??= close();
      await closing;
    },
  };
}

/** The broker has the mails by then. */
function throwUnsure(thrown: unknown): never {
  throw amendError(toMailError(thrown), { delivery: "unknown" });
}

function closedEngine(): MailError {
  return new MailError("The queue is closed.", { code: "unavailable", retryable: false, hint: "Open a new one." });
}
