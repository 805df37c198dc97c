import { resolve } from "node:path";
import type { LedgerCounts } from "@mail/core";
import { MailError, misconfigured } from "@mail/core";
import type { AddedJob, NewJob, StoredJob } from "../job.ts";
import type { EngineWork, EngineWorker, JobChange, JobQuery, QueueEngine } from "../queue-engine.ts";
import type { CallInput, CallName, CallResult, ThreadSettings } from "./database-calls.ts";
import { DatabaseClient } from "./database-client.ts";
import { closedError } from "./database-error.ts";
import { checkSqliteOptions, type SqliteOptions } from "./sqlite-options.ts";
import { SqliteWorker } from "./sqlite-worker.ts";

const dayMs = 86_400_000;

/** What only tests set. */
export type SqliteInternals = Partial<Pick<ThreadSettings, "sweepEveryMs" | "clockOffset">>;

export class SqliteEngine implements QueueEngine {
  readonly name = "sqlite";
  readonly maxPayloadBytes = 500_000_000;
  readonly blobFolder: string;
  readonly #client: DatabaseClient;
  readonly #workers = new Set<SqliteWorker>();
  #closing: Promise<void> | undefined;

  constructor(options: SqliteOptions, internals: SqliteInternals = {}) {
    checkSqliteOptions(options);
    if (options.file === ":memory:") {
      throw misconfigured("file", "a database in memory keeps nothing", "Name a file, such as data/mail.db.");
    }
    const { keepMs = 7 * dayMs, keepDeadMs = 30 * dayMs, busyTimeoutMs = 5000 } = options;
    const file = resolve(options.file);
    this.blobFolder = `${file}-attachments`;
    this.#client = new DatabaseClient(
      { file, busyTimeoutMs, keepMs, keepDeadMs, sweepEveryMs: 60_000, ...internals },
      () => {
        for (const worker of this.#workers) worker.wake();
      },
    );
  }

  async add(jobs: readonly NewJob[]): Promise<readonly AddedJob[]> {
    if (jobs.length === 0) return [];
    if (this.#closing !== undefined) throw closedError();
    const earlier = await this.#client.add(jobs);
    return jobs.map(({ id }, index) => ({ id: earlier[index] ?? id, duplicate: earlier[index] !== undefined }));
  }

  work(work: EngineWork): EngineWorker {
    if (this.#closing !== undefined) throw closedError();
    const worker = new SqliteWorker(this.#client, work);
    this.#workers.add(worker);
    return {
      close: async () => {
        await worker.close();
        this.#workers.delete(worker);
      },
    };
  }

  async find(id: string): Promise<StoredJob | undefined> {
    return await this.#call("find", id);
  }

  async payload(id: string): Promise<Uint8Array | undefined> {
    return await this.#call("payload", id);
  }

  async list(query: JobQuery): Promise<readonly StoredJob[]> {
    return await this.#call("list", query);
  }

  async counts(): Promise<LedgerCounts> {
    return await this.#call("counts", undefined);
  }

  async change(id: string, { from, to, record }: JobChange): Promise<boolean> {
    for (let tries = 0; tries < 20; tries++) {
      const found = await this.#call("find", id);
      if (found === undefined || !from.includes(found.state)) return false;
      const input = { id, from, to, before: found.record, record: record(found.record) };
      const result = await this.#call("change", input);
      if (result !== "stale") return result === "changed";
    }
    throw new MailError(`Mail ${id} changes too often to be changed from outside`, { code: "unavailable" });
  }

  async pausedBy(): Promise<string | undefined> {
    return await this.#call("pausedBy", undefined);
  }

  async setPaused(reason: string | undefined): Promise<void> {
    await this.#call("setPaused", reason);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.all([...this.#workers].map((worker) => worker.close()));
      await this.#client.close();
    })();
    return this.#closing;
  }

  async #call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResult<Name>> {
    if (this.#closing !== undefined) throw closedError();
    return await this.#client.call(name, input);
  }
}
