import { setTimeout } from "node:timers/promises";
import type { QueueEngine } from "../queue-engine.ts";
import { ChildEngine } from "./child-engine.fixture.ts";
import type { EngineModule, EngineStorage, EngineSubject } from "./engine-subject.fixture.ts";
import { TestWorker, type TestWorkerOptions } from "./test-worker.fixture.ts";

/** One storage, the engines and child processes on it, and the time limits that hold there. Leaves nothing behind. */
export class Stage {
  readonly subject: EngineSubject;
  readonly leaseMs: number;
  readonly pauseMs: number;
  readonly #module: EngineModule;
  readonly #storage: EngineStorage;
  readonly #engines: QueueEngine[] = [];
  readonly #children: ChildEngine[] = [];
  readonly #workers: TestWorker[] = [];

  private constructor(subject: EngineSubject, module: EngineModule, storage: EngineStorage) {
    this.subject = subject;
    this.leaseMs = subject.leaseMs ?? 1000;
    this.pauseMs = subject.pauseMs ?? 2500;
    this.#module = module;
    this.#storage = storage;
  }

  static async open(subject: EngineSubject): Promise<Stage> {
    const module: EngineModule = await import(subject.module);
    return new Stage(subject, module, await subject.createStorage());
  }

  /** One engine more on the same storage, as another process would have it. */
  async open(): Promise<QueueEngine> {
    const engine = await this.#module.openEngine(this.#storage.name);
    this.#engines.push(engine);
    return engine;
  }

  /** A process of its own with an engine on the same storage. */
  async child(): Promise<ChildEngine> {
    const child = new ChildEngine(this.subject.module, this.#storage.name);
    this.#children.push(child);
    await child.ready();
    return child;
  }

  work(engine: QueueEngine, options: TestWorkerOptions = {}): TestWorker {
    const worker = new TestWorker(engine, { leaseMs: this.leaseMs, ...options });
    this.#workers.push(worker);
    return worker;
  }

  /** Suspends a process, but not where that would keep all others out of the storage. */
  async suspend(child: ChildEngine): Promise<void> {
    await child.suspend();
    while (this.#storage.isFree && !(await this.#storage.isFree())) {
      child.resume();
      await setTimeout(10);
      await child.suspend();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child.kill()));
    for (const worker of this.#workers) worker.letGo();
    await Promise.all(this.#engines.map((engine) => engine.close()));
    await this.#storage.remove();
  }
}
