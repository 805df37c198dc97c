import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Answer, Exchange, FromThread, ThreadSettings, ToThread } from "../database-calls.ts";
import { buffersOf } from "../pack-mails.ts";
import type { ReceivedCall } from "./carry-out.ts";
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
  const calls: ReceivedCall[] = [];
  let bytes = 0;
  for (let next: ToThread | undefined = first; next !== undefined; next = receiveMessageOnPort(port)?.message) {
    if ("close" in next) {
      answer(calls);
      return close();
    }
    const { payloads } = next;
    calls.push(...next.calls.map((call) => ({ ...call, payloads })));
    bytes += payloads.length;
    if (bytes >= largestGroup) break;
  }
  answer(calls);
});

function answer(calls: readonly ReceivedCall[]): void {
  const answers = groupCommit(database, calls);
  say({ answers }, answers.flatMap(buffersOfAnswer));
}

function buffersOfAnswer(given: Answer): ArrayBuffer[] {
  const value = "value" in given ? given.value : undefined;
  return typeof value === "object" && value !== null && "taken" in value ? buffersOf((value as Exchange).taken) : [];
}

function close(): void {
  try {
    database.close();
  } finally {
    port?.close();
  }
}
