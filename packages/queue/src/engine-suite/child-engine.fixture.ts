import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { NewJob, Settlement, TakenJob } from "../job.ts";
import type { ChildOrder, ChildReport } from "./child-messages.fixture.ts";
import { killProcess } from "./kill-process.fixture.ts";
import { Seen } from "./seen.fixture.ts";

const script = fileURLToPath(import.meta.resolve("./child-process.fixture.ts"));

/** An engine in a process of its own, to be killed or suspended. */
export class ChildEngine {
  readonly taken: Seen<TakenJob> = new Seen();
  /** The ids of each call of `add` that has come back. */
  readonly added: Seen<readonly string[]> = new Seen();
  readonly complaints: Seen<ChildReport & { did: "complain" }> = new Seen();
  readonly #process: ChildProcess;
  readonly #reports: Seen<ChildReport> = new Seen();
  #stderr = "";

  constructor(module: string, storage: string) {
    this.#process = fork(script, [module, storage], {
      execArgv: ["--conditions=@mail/source", "--disable-warning=ExperimentalWarning"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#process.stderr?.on("data", (text) => {
      this.#stderr += text;
    });
    this.#process.on("message", (report: ChildReport) => {
      this.#reports.add(report);
      if (report.did === "take") this.taken.add(report.job);
      if (report.did === "add") this.added.add(report.ids);
      if (report.did === "complain") this.complaints.add(report);
    });
  }

  /** @throws Error with what the process wrote, where it ended by itself */
  async ready(): Promise<void> {
    const ended = once(this.#process, "exit").then(([code]) => {
      throw new Error(`The child process ended with ${code}: ${this.#stderr}`);
    });
    await Promise.race([this.#reports.first(({ did }) => did === "open"), ended]);
    ended.catch(() => {});
  }

  /** Takes mails; holds them until `settle`, or sends each within a few milliseconds. */
  work(leaseMs: number, { concurrency = 1, hold = true } = {}): void {
    this.#tell({ do: "work", concurrency, leaseMs, hold });
  }

  settle(id: string, settlement: Settlement): void {
    this.#tell({ do: "settle", id, settlement });
  }

  /** Adds mails; `added` tells of them once they are durable. */
  add(jobs: readonly NewJob[]): void {
    this.#tell({ do: "add", jobs });
  }

  /** Wherever it is; `Stage.suspend` picks a better moment. */
  suspend(): void {
    this.#process.kill("SIGSTOP");
  }

  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** Closes the engine. @returns the exit code of the process, which must end by itself then */
  async close(): Promise<number | null> {
    const ended = once(this.#process, "exit");
    this.#tell({ do: "close" });
    const [code] = await ended;
    return code;
  }

  /** Ends the process at once, wherever it is. */
  async kill(): Promise<void> {
    await killProcess(this.#process);
  }

  #tell(order: ChildOrder): void {
    this.#process.send(order);
  }
}
