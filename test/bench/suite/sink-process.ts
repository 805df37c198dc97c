import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";

/** A server in a process of its own that takes everything and counts. */
export interface Sink<Report> extends AsyncDisposable {
  readonly port: number;
  /** What came in since the last report. */
  report(): Promise<Report>;
}

/** Starts `file`, whose last call is `serveSink`. */
export async function startSink<Report>(file: URL, options: object): Promise<Sink<Report>> {
  const child = fork(file, [JSON.stringify(options)]);
  const port = await nextMessage<number>(child);
  return {
    port,
    report() {
      child.send("report");
      return nextMessage<Report>(child);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  const onMessage = (message: unknown): void => resolve(message as Message);
  const onExit = (): void => reject(new Error("A sink of the benchmark ended by itself."));
  child.once("message", onMessage);
  child.once("exit", onExit);
  try {
    return await promise;
  } finally {
    child.off("message", onMessage);
    child.off("exit", onExit);
  }
}

/** In the sink's process: listens on a free port and tells it, answers with reports, and ends with its parent. */
export function serveSink(server: Server, report: () => unknown): void {
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", () => process.send?.(report()));
  process.on("disconnect", () => process.exit());
}

/** In the sink's process: the options that `startSink` was given. */
export function sinkOptions<Options>(): Options {
  return JSON.parse(process.argv[2] ?? "{}") as Options;
}
