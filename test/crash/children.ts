import { type ChildProcess, fork } from "node:child_process";
import type { EngineConfig } from "./engines.ts";

/** What a child is told when it starts. */
export interface ProducerOrder {
  readonly role: "producer";
  readonly engine: EngineConfig;
  /** Numbers of the mails that nobody has confirmed yet. */
  readonly numbers: readonly number[];
}

export interface WorkerOrder {
  readonly role: "worker";
  readonly engine: EngineConfig;
  readonly sinkPort: number;
  readonly onUnknown: "hold" | "retry";
  readonly leaseMs: number;
  readonly concurrency: number;
}

/** What a producer tells: these mails are kept, under these ids. */
export type ProducerNews =
  | { readonly kept: readonly (readonly [number: number, id: string])[] }
  | { readonly done: true };

/** @param onFailure told of a child that ends by itself and not well, since a run would wait for it for ever */
export function startChild(
  order: ProducerOrder | WorkerOrder,
  onNews: (news: ProducerNews) => void,
  onFailure: (error: Error) => void,
): ChildProcess {
  const child = fork(new URL(`./${order.role}.ts`, import.meta.url), {
    execArgv: ["--conditions=@mail/source"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.on("message", (news) => onNews(news as ProducerNews));
  child.on("error", () => undefined);
  child.on("exit", (code) => {
    // A worker does not end by itself at all.
    if (code !== null && (code !== 0 || order.role === "worker"))
      onFailure(new Error(`The ${order.role} ended with exit code ${code}`));
  });
  child.send(order);
  return child;
}
