import { Worker } from "node:worker_threads";
import type { MailError } from "@mail/core";
import type { NewJob } from "../job.ts";
import { ByteList } from "./byte-list.ts";
import type {
  Call,
  CallInput,
  CallName,
  CallResult,
  FromThread,
  PackedJob,
  ThreadSettings,
  ToThread,
} from "./database-calls.ts";
import { databaseError, threadEnded } from "./database-error.ts";
import { toJson } from "./json-text.ts";

interface Pending {
  resolve(value: unknown): void;
  reject(error: MailError): void;
}

/** What goes to the thread at the end of this turn of the event loop. */
interface Letter {
  readonly calls: Call[];
  readonly payloads: ByteList;
}

/** The database in its thread, which is started with the first call. It keeps the process alive while it is used. */
export class DatabaseClient {
  readonly #settings: ThreadSettings;
  readonly #onWake: () => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #open: Letter | undefined;
  #nextId = 1;
  #holds = 0;

  constructor(settings: ThreadSettings, onWake: () => void) {
    this.#settings = settings;
    this.#onWake = onWake;
  }

  /** Takes the payloads in at once. @throws MailError */
  add(jobs: readonly NewJob[]): Promise<CallResult<"add">> {
    const { payloads } = this.#letter();
    payloads.reserve(jobs.reduce((bytes, { payload }) => bytes + payload.length, 0));
    const packed = jobs.map(({ id, key, keyMs, priority, dueAt, record, payload }): PackedJob => {
      const start = payloads.append(payload);
      return [id, key ?? null, keyMs, priority, dueAt, record, start, start + payload.length];
    });
    return this.call("add", toJson(packed));
  }

  /** Calls of one turn of the event loop travel together. @throws MailError */
  call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResult<Name>> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = this.#nextId++;
    this.#pending.set(id, { resolve, reject });
    this.#keepAlive();
    this.#letter().calls.push({ id, name, input } as Call);
    return promise as Promise<CallResult<Name>>;
  }

  /** Keeps the process alive until `release`. */
  hold(): void {
    this.#holds += 1;
    this.#keepAlive();
  }

  release(): void {
    this.#holds -= 1;
    this.#keepAlive();
  }

  /** Ends the thread when it has answered what was asked before. */
  async close(): Promise<void> {
    this.#post();
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.hold();
    worker.postMessage({ close: true } satisfies ToThread);
    await ended;
  }

  #letter(): Letter {
    if (this.#open === undefined) {
      this.#open = { calls: [], payloads: new ByteList() };
      queueMicrotask(() => this.#post());
    }
    return this.#open;
  }

  #post(): void {
    if (this.#open === undefined) return;
    const { calls, payloads } = this.#open;
    this.#open = undefined;
    this.#worker ??= this.#start();
    const { bytes } = payloads;
    this.#worker.postMessage({ calls, payloads: bytes } satisfies ToThread, [bytes.buffer]);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./thread/database-thread.ts", import.meta.url), {
      name: "mail-queue-sqlite",
      // The app's own arguments, such as what it loads beforehand, are no concern of this thread. Node 22 warns of its SQLite.
      execArgv: ["--disable-warning=ExperimentalWarning"],
      workerData: this.#settings,
    });
    worker.on("message", (message: FromThread) => {
      if ("wake" in message) return this.#onWake();
      for (const answer of message.answers) {
        const pending = this.#pending.get(answer.id);
        this.#pending.delete(answer.id);
        if ("failure" in answer) pending?.reject(databaseError(answer.failure, this.#settings.file));
        else pending?.resolve(answer.value);
      }
      this.#keepAlive();
    });
    worker.on("error", (cause) => this.#ended(worker, cause));
    worker.on("exit", () => this.#ended(worker, undefined));
    return worker;
  }

  /** The next call starts another one. */
  #ended(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#pending.values()) reject(threadEnded(this.#settings.file, cause));
    this.#pending.clear();
    this.#onWake();
  }

  #keepAlive(): void {
    if (this.#pending.size + this.#holds > 0) this.#worker?.ref();
    else this.#worker?.unref();
  }
}
