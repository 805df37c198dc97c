import {
  backoffRules,
  checkOptions,
  Emitter,
  type MailError,
  type Message,
  misconfigured,
  prepareMessage,
  safeLogger,
  silentLogger,
  type Transport,
} from "@mail/core";
import { folderBlobs } from "./payload/folder-blobs.ts";
import { PayloadCipher } from "./payload/payload-cipher.ts";
import { PayloadCodec } from "./payload/payload-codec.ts";
import type {
  CloseOptions,
  EnqueueOptions,
  ListOptions,
  Queue,
  QueueOptions,
  QueueWorker,
  WorkOptions,
} from "./queue.ts";
import type { JobChange, QueueEngine } from "./queue-engine.ts";
import type { QueueEvents } from "./queue-events.ts";
import { QueueIntake } from "./queue-intake.ts";
import { type QueueRecord, recordFromText, recordToText, settledRecord } from "./queue-record.ts";
import { QueueRetry } from "./queue-retry.ts";
import { queueTransport } from "./queue-transport.ts";
import { checkCloseOptions, startWorker } from "./start-worker.ts";
import { toQueuedMail } from "./to-queued-mail.ts";

const rules = {
  engine: { type: "object", required: true },
  retry: { type: "object" },
  onUnknown: { type: "string", oneOf: ["hold", "retry"] },
  keyMs: { type: "integer", min: 1 },
  blobs: { type: "object" },
  blobFromBytes: { type: "integer" },
  encryption: { type: "object" },
  waitMs: { type: "integer" },
  logger: { type: ["object", "function"] },
} as const;

const retryRules = {
  attempts: { type: "integer", min: 1 },
  backoff: { type: "object" },
  deadlineMs: { type: "integer", min: 1 },
} as const;

const pageRules = { limit: { type: "integer", min: 1 }, after: { type: "string" } } as const;

const states = ["queued", "scheduled", "sending", "sent", "unknown", "dead", "cancelled"] as const;

const listRules = { ...pageRules, state: { type: "string", required: true, oneOf: states } } as const;

const defaultKeyMs = 604_800_000;
const defaultBlobFromBytes = 262_144;
const pageSize = 100;

/** Makes a queue. @throws MailError `configuration` that names the option */
export function createQueue(options: QueueOptions): Queue {
  checkOptions("createQueue", options, rules);
  checkOptions("createQueue", options.retry ?? {}, retryRules, "retry.");
  checkOptions("createQueue", options.retry?.backoff ?? {}, backoffRules, "retry.backoff.");
  const engine = requireEngine(options.engine);
  const log = options.logger === undefined ? silentLogger : safeLogger(options.logger);
  const events = new Emitter<QueueEvents>(log);
  const { onUnknown = "hold", keyMs = defaultKeyMs, waitMs = 0, blobFromBytes = defaultBlobFromBytes } = options;
  const { blobs = engine.blobFolder === undefined ? undefined : folderBlobs(engine.blobFolder) } = options;
  const cipher = options.encryption === undefined ? undefined : new PayloadCipher(options.encryption);
  const ownsBlobs = options.blobs === undefined;
  const codec = new PayloadCodec({ blobs, blobFromBytes, cipher });
  const retry = new QueueRetry(options.retry ?? {});
  const intake = new QueueIntake({ engine, codec, events, keyMs, waitMs });
  const workers = new Set<QueueWorker>();
  let closed: Promise<void> | undefined;

  const requireOpen = (): void => {
    if (closed !== undefined) throw misconfigured("queue", "is closed", "Make a new queue, or close it later.");
  };
  const changed = (
    change: Omit<JobChange, "record">,
    record: (before: QueueRecord) => QueueRecord = (before) => before,
  ) => ({
    ...change,
    record: (text: string) => recordToText(record(recordFromText(text))),
  });
  /** Ends a mail from outside, and lets go of its attachments. */
  const end = async (id: string, from: JobChange["from"], to: "cancelled" | "sent"): Promise<boolean> => {
    let blobs: readonly string[] = [];
    const ended = (before: QueueRecord): QueueRecord => {
      blobs = before.blobs;
      return to === "sent" ? settledRecord(before) : before;
    };
    if (!(await engine.change(id, changed({ from, to }, ended)))) return false;
    await codec.forget(blobs).catch((error: MailError) => events.emit("error", { error }));
    return true;
  };
  const again = (id: string, from: JobChange["from"]): Promise<boolean> => {
    const anew = ({ firstTryAt: _, ...record }: QueueRecord): QueueRecord => ({ ...record, failures: 0 });
    return engine.change(id, changed({ from, to: "queued" }, anew));
  };
  const list = async (choice: ListOptions) => {
    checkOptions("list", choice, listRules);
    const { state, limit = pageSize, after } = choice;
    const jobs = await engine.list({ state, limit, ...(after !== undefined && { after }) });
    return jobs.map(toQueuedMail);
  };
  const close = async (choice: CloseOptions = {}): Promise<void> => {
    checkCloseOptions(choice);
    // A second call may ask for less time than the first.
    const closing = [...workers].map((worker) => worker.close(choice));
    closed ??= Promise.allSettled(closing).then(() => engine.close());
    await closed;
  };

  return {
    async enqueue(message: Message, choice: EnqueueOptions = {}) {
      requireOpen();
      return await intake.keep(prepareMessage(message), choice);
    },
    enqueueMany(messages: never, choice: EnqueueOptions = {}): never {
      requireOpen();
      return intake.enqueueMany(messages, choice) as never;
    },
    transport(choice = {}) {
      requireOpen();
      return queueTransport(intake, choice);
    },
    work(transport: Transport, choice: WorkOptions = {}) {
      requireOpen();
      const worker = startWorker({ engine, codec, ownsBlobs, retry, onUnknown, events, log }, transport, choice);
      workers.add(worker);
      const closeWorker = async (closeChoice?: CloseOptions): Promise<void> => {
        await worker.close(closeChoice);
        workers.delete(worker);
      };
      return { close: closeWorker, [Symbol.asyncDispose]: () => closeWorker() };
    },
    async status(id) {
      const job = await engine.find(id);
      return job === undefined ? undefined : toQueuedMail(job);
    },
    list,
    deadLetters(choice = {}) {
      checkOptions("deadLetters", choice, pageRules);
      return list({ ...choice, state: "dead" });
    },
    async mail(id) {
      const payload = await engine.payload(id);
      return payload === undefined ? undefined : await codec.decode(id, payload);
    },
    async stats() {
      const [{ states, oldestDueAt, lastMinute }, pausedBy] = await Promise.all([engine.counts(), engine.pausedBy()]);
      const { added: enqueued, sent, dead } = lastMinute;
      return {
        ...states,
        oldestMs: oldestDueAt === undefined ? 0 : Math.max(0, Date.now() - oldestDueAt),
        perMinute: { enqueued, sent, dead },
        ...(pausedBy !== undefined && { pausedBy }),
      };
    },
    replay: (id) => again(id, ["dead", "unknown"]),
    cancel: (id) => end(id, ["queued", "scheduled"], "cancelled"),
    async settle(id, outcome) {
      if (outcome === "sent") return await end(id, ["unknown"], "sent");
      if (outcome === "not_sent") return await again(id, ["unknown"]);
      throw misconfigured("outcome", `is ${JSON.stringify(outcome)}`, 'Use "sent" or "not_sent".');
    },
    async pause(reason = "paused by hand") {
      await engine.setPaused(reason);
      events.emit("paused", { reason });
    },
    async resume() {
      await engine.setPaused(undefined);
      events.emit("resumed", {});
    },
    on: (name, handler) => events.on(name, handler),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function requireEngine(engine: QueueEngine): QueueEngine {
  if (typeof engine?.add === "function" && typeof engine.work === "function") return engine;
  throw misconfigured("engine", "is no queue engine", "Pass what sqlite(), bullmq(), rabbitmq() or nats() returns.");
}
