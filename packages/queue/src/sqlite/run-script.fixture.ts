import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const engineUrl = import.meta.resolve("./index.ts");
const jobsUrl = import.meta.resolve("../engine-suite/jobs.fixture.ts");

/** A process that runs a script with `sqlite`, `newJob` and `newJobs` at hand, wrapped in another command if need be. */
export class ScriptRun {
  readonly #process: ChildProcess;
  #output = "";
  #errors = "";

  constructor(script: string, wrapper: readonly string[] = []) {
    const source = `import { sqlite } from ${JSON.stringify(engineUrl)};
      import { newJob, newJobs } from ${JSON.stringify(jobsUrl)};
      ${script}`;
    const [command = process.execPath, ...rest] = [
      ...wrapper,
      process.execPath,
      "--conditions=@mail/source",
      "--input-type=module",
      "--eval",
      source,
    ];
    this.#process = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdout?.on("data", (text) => {
      this.#output += text;
    });
    this.#process.stderr?.on("data", (text) => {
      this.#errors += text;
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Waits until the script has printed a line with this text. */
  async printed(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      const ended = once(this.#process, "exit").then(() => {
        throw new Error(`The script ended without "${text}": ${this.#output}${this.#errors}`);
      });
      const data = this.#process.stdout === null ? ended : once(this.#process.stdout, "data");
      await Promise.race([data, ended]);
      ended.catch(() => {});
    }
  }

  /** Writes a line for the script to read. */
  tell(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** Waits until it ends by itself. @returns the last line that it printed, as JSON */
  async result(): Promise<unknown> {
    const [code] = await once(this.#process, "close");
    if (code !== 0) throw new Error(`The script ended with ${code}: ${this.#output}${this.#errors}`);
    return JSON.parse(this.#output.trim().split("\n").at(-1) ?? "");
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
