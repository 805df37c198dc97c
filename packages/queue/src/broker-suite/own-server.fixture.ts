import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "./free-port.fixture.ts";

export interface ServerProgram {
  /** Where it is installed. */
  readonly path: string;
  readonly scheme: string;
  /** Its name in compose.yaml. */
  readonly service: string;
  /** What else has to run, started first and ended last. */
  readonly helper?: (folder: string) => Promise<readonly [path: string, ...parameters: string[]]>;
  command(
    port: number,
    folder: string,
  ): Promise<{ readonly parameters: readonly string[]; readonly env?: NodeJS.ProcessEnv }>;
}

/** A server of the test's own on a free port, to be killed and started again. Its data stay until it is disposed. */
export class OwnServer implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly #program: ServerProgram;
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #helper: ChildProcess | undefined;

  private constructor(program: ServerProgram, port: number, folder: string) {
    this.#program = program;
    this.port = port;
    this.#folder = folder;
    this.url = `${program.scheme}://127.0.0.1:${port}`;
  }

  static async start(program: ServerProgram): Promise<OwnServer> {
    const server = new OwnServer(program, await freePort(), await mkdtemp(join(tmpdir(), "mail-broker-")));
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    if (this.#program.helper !== undefined && this.#helper === undefined) {
      const [path, ...parameters] = await this.#program.helper(this.#folder);
      this.#helper = spawn(path, parameters, { stdio: "ignore" });
    }
    const { parameters, env } = await this.#program.command(this.port, this.#folder);
    // Of a process group of its own, because some start others.
    this.#process = spawn(this.#program.path, parameters, { stdio: "ignore", detached: true, ...(env && { env }) });
    await untilItListens(this.port, this.#process);
  }

  /** Runs one of its own tools, in its environment. */
  async tool(path: string, parameters: readonly string[]): Promise<void> {
    const { env } = await this.#program.command(this.port, this.#folder);
    await promisify(execFile)(path, parameters, { ...(env && { env }) });
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    if (this.#process === undefined) return;
    await end(this.#process, true);
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (this.#helper !== undefined) await end(this.#helper, false);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess, withGroup: boolean): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(withGroup ? -child.pid : child.pid, "SIGKILL");
  await ended;
}

export async function isInstalled({ path }: ServerProgram): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** True where somebody listens there. */
export async function listens(port: number, host = "127.0.0.1"): Promise<boolean> {
  const socket = connect({ port, host });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const startLimitMs = 60_000;

async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  const end = Date.now() + startLimitMs;
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}.`);
    if (Date.now() > end) throw new Error(`${child.spawnfile} does not listen after ${startLimitMs} ms.`);
    await sleep(20);
  }
}
