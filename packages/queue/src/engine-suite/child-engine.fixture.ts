import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
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

  /** Wherever it is; `Stage.suspend` picks a better moment. Resolves once all of its threads stand still. */
  async suspend(): Promise<void> {
    this.#process.kill("SIGSTOP");
    while (!(await standsStill(this.#process.pid ?? 0))) await setTimeout(1);
  }

  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** Closes the engine. @returns the exit code of the process, which must end by itself then */
  async close(): Promise<number | null> {
    // What it has said may arrive later than that it has ended.
    const ended = Promise.all([once(this.#process, "exit"), once(this.#process, "disconnect")]);
    this.#tell({ do: "close" });
    const [[code]] = await ended;
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

/** Where the system does not tell, it is taken for done: a signal may take a while to reach a thread on a busy machine. */
async function standsStill(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8").catch(() => "");
      // The name before it may hold any character.
      return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    }),
  );
  return states.every((state) => state === "T" || state === "");
}
