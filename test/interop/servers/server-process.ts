import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const startTimeoutMs = 45_000;
const endTimeoutMs = 10_000;
const betweenTriesMs = 20;

/**
 * Runs the command with all that it starts until its own input ends, which it does when this process ends, however it
 * ends: nothing is left over after a crash, Ctrl-C or SIGKILL.
 */
const untilInputEnds = `
  exec 3<&0
  setsid "$@" 3<&- </dev/null & group=$!
  { cat <&3 >/dev/null; kill -KILL "-$group"; } 2>/dev/null &
  wait "$group"`;

/** A server program in the foreground, as a child of this process. */
export class ServerProcess implements AsyncDisposable {
  readonly #command: readonly string[];
  readonly #ports: readonly number[];
  readonly #logFile: string;
  #child: ChildProcess;

  private constructor(command: readonly string[], ports: readonly number[], logFile: string) {
    this.#command = command;
    this.#ports = ports;
    this.#logFile = logFile;
    this.#child = this.#spawn();
  }

  /** Resolves when every port takes connections. @throws Error with the program's output, when it ends or does not listen */
  static async start(command: readonly string[], ports: readonly number[], logFile: string): Promise<ServerProcess> {
    const server = new ServerProcess(command, ports, logFile);
    await server.#started();
    return server;
  }

  /** Ends it by SIGKILL with all that it started: it gets to finish nothing. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin?.end();
    await once(this.#child, "exit");
    // Processes that it started have its ports too, and may end a moment after it.
    const end = performance.now() + endTimeoutMs;
    while (performance.now() < end && (await Promise.all(this.#ports.map(accepts))).includes(true))
      await delay(betweenTriesMs);
  }

  /** Starts it anew after `kill`, with what it stored. */
  async restart(): Promise<void> {
    this.#child = this.#spawn();
    await this.#started();
  }

  #spawn(): ChildProcess {
    const output = openSync(this.#logFile, "a");
    const child = spawn("sh", ["-c", untilInputEnds, "sh", ...this.#command], { stdio: ["pipe", output, output] });
    closeSync(output);
    return child;
  }

  async #started(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(startTimeoutMs);
      await Promise.all(this.#ports.map((port) => this.#listens(port, signal)));
    } catch (cause) {
      await this.kill();
      throw new Error(`${this.#command[0]} did not start:\n${this.log}`, { cause });
    }
  }

  get log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  async #listens(port: number, signal: AbortSignal): Promise<void> {
    while (!(await accepts(port))) {
      if (this.#child.exitCode !== null) throw new Error(`it ended with code ${this.#child.exitCode}`);
      await delay(betweenTriesMs, undefined, { signal });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
