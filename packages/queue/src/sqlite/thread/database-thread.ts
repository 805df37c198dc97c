import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Answer, Call, FromThread, ThreadSettings, ToThread } from "../database-calls.ts";
import { groupCommit } from "./group-commit.ts";
import { MailDatabase } from "./mail-database.ts";

/** Bytes of payload in one transaction beyond which others wait for the next: the answers to all come at its end. */
const largestGroup = 8 * 1024 * 1024;

const port = parentPort;
const settings: ThreadSettings = workerData;
if (port === null) throw new Error("This file runs in a worker thread");
const say = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const database = new MailDatabase(settings, () => say({ wake: true }));

port.on("message", (first: ToThread) => {
  const calls: Call[] = [];
  let bytes = 0;
  for (let next: ToThread | undefined = first; next !== undefined; next = receiveMessageOnPort(port)?.message) {
    if ("close" in next) {
      answer(calls);
      return close();
    }
    calls.push(...next.calls);
    for (const { name, input } of next.calls) if (name === "add") bytes += input.payloads.length;
    if (bytes >= largestGroup) break;
  }
  answer(calls);
});

function answer(calls: readonly Call[]): void {
  const answers = groupCommit(database, calls);
  say({ answers }, answers.flatMap(buffersOf));
}

/** Payloads of taken mails change threads without being copied. */
function buffersOf(given: Answer): ArrayBuffer[] {
  const { value } = "value" in given ? given : { value: undefined };
  if (typeof value !== "object" || value === null || !("taken" in value)) return [];
  const { taken } = value as { readonly taken: readonly { readonly job: { readonly payload: Uint8Array } }[] };
  return taken.flatMap(({ job }) => (job.payload.buffer instanceof ArrayBuffer ? job.payload.buffer : []));
}

function close(): void {
  try {
    database.close();
  } finally {
    port?.close();
  }
}
