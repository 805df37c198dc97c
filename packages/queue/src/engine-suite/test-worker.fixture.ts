import type { MailError } from "@mail/core";
import type { Settlement, TakenJob } from "../job.ts";
import type { EngineWorker, QueueEngine } from "../queue-engine.ts";
import { Seen } from "./seen.fixture.ts";

export interface TestWorkerOptions {
  /** Default: 1. */
  readonly concurrency?: number;
  readonly leaseMs?: number;
  /** Default: each is sent at once. `"hold"` keeps all until `settle`. */
  readonly handle?: "hold" | ((job: TakenJob) => Settlement | Promise<Settlement>);
}

export const sent: Settlement = { state: "sent", record: "sent" };

const givenBack: Settlement = { state: "queued", record: "", dueAt: 0, isTry: false };

/** A worker that writes down what it is given. */
export class TestWorker {
  readonly taken: Seen<TakenJob> = new Seen();
  readonly errors: Seen<MailError> = new Seen();
  /** The most mails that were in hand at once. */
  mostAtOnce = 0;
  readonly #worker: EngineWorker;
  readonly #held = new Map<string, (settlement: Settlement) => void>();
  #inHand = 0;
  #isLetGo = false;

  constructor(engine: QueueEngine, { concurrency = 1, leaseMs = 1000, handle = () => sent }: TestWorkerOptions) {
    this.#worker = engine.work({
      concurrency,
      leaseMs,
      handle: async (job) => {
        this.#inHand += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.#inHand);
        this.taken.add(job);
        try {
          return await (handle === "hold" ? this.#hold(job.id) : handle(job));
        } finally {
          this.#inHand -= 1;
        }
      },
      onError: (error) => this.errors.add(error),
    });
  }

  /** Settles a mail that is held. */
  settle(id: string, settlement: Settlement = sent): void {
    const resolve = this.#held.get(id);
    if (!resolve) throw new Error(`The worker does not hold ${id}`);
    this.#held.delete(id);
    resolve(settlement);
  }

  /** Gives back whatever is held or comes, so that the worker can be closed. */
  letGo(): void {
    this.#isLetGo = true;
    for (const id of this.#held.keys()) this.settle(id, givenBack);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  #hold(id: string): Promise<Settlement> {
    if (this.#isLetGo) return Promise.resolve(givenBack);
    const { promise, resolve } = Promise.withResolvers<Settlement>();
    this.#held.set(id, resolve);
    return promise;
  }
}
