import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { killProcess } from "../engine-suite/kill-process.fixture.ts";
import { Seen } from "../engine-suite/seen.fixture.ts";

const script = fileURLToPath(import.meta.resolve("./child-process.fixture.ts"));

/** A process of its own that takes mails and holds them, to be killed. */
export class ChildConsumer {
  /** Ids of the mails that it holds. */
  readonly taken: Seen<string> = new Seen();
  readonly #process: ChildProcess;
  #stderr = "";

  constructor(parameters: readonly string[]) {
    this.#process = fork(script, parameters, {
      execArgv: ["--conditions=@mail/source", "--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#process.stderr?.on("data", (text) => {
      this.#stderr += text;
    });
    this.#process.on("message", (id) => this.taken.add(String(id)));
  }

  /** Tells it to ack what it holds and to close. @returns what it wrote, once it has ended by itself */
  async close(): Promise<{ readonly code: number | null; readonly stderr: string }> {
    const ended = once(this.#process, "exit");
    this.#process.send("close");
    const [code] = await ended;
    return { code, stderr: this.#stderr };
  }

  /** Ends the process at once, wherever it is. */
  async kill(): Promise<void> {
    await killProcess(this.#process);
  }
}
