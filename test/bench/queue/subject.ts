import { setTimeout as sleep } from "node:timers/promises";
import {
  allFields,
  type Message,
  type PreparedMessage,
  prepareMessage,
  silentLogger,
  type Transport,
} from "@mail/core";

/** Something that keeps messages and works through them: one of our engines, or its client library alone. */
export interface BenchSubject {
  readonly name: string;
  /** Keeps `count` messages, in batches of 500. */
  fill(count: number): Promise<void>;
  /** Works through all that is kept with 50 at once, and resolves when the last one is done. */
  drain(count: number): Promise<void>;
  close(): Promise<void>;
}

const batchSize = 500;
export const concurrency = 50;

/** What a client library alone is used for. */
export interface Load {
  readonly name: string;
  /** @returns the bytes to keep */
  make(index: number): Buffer;
  /** Is given them back. */
  use(bytes: Uint8Array): Promise<void>;
}

const body = Buffer.alloc(700, "x");

/** About as many bytes as a mail has, moved and not looked at. */
export const bytesAlone: Load = { name: "alone", make: () => body, use: answer };

/** The same mails as ours, as an app without a queue of ours would do it: checked, kept as JSON, read, and sent. */
export const mailsByHand: Load = {
  name: "by hand",
  make: (index) => Buffer.from(JSON.stringify(prepareMessage(message(index)))),
  async use(bytes) {
    const mail: PreparedMessage = JSON.parse(Buffer.from(bytes).toString());
    await nowhere.send(mail, { signal, log: silentLogger });
  },
};

export const message = (index: number): Message => ({
  from: "hello@acme.example",
  to: "ada@example.com",
  subject: `Mail ${index}`,
  text: "Hello ".repeat(20),
});

/** How long a transport takes for each mail, in milliseconds. */
const transportMs = Number(process.env["TRANSPORT_MS"] ?? 0);

async function answer(): Promise<void> {
  if (transportMs > 0) await sleep(transportMs);
}

export const nowhere: Transport = {
  name: "nowhere",
  features: { fields: allFields, envelopeRecipients: true },
  async send({ envelope }) {
    await answer();
    return { status: "sent", accepted: envelope.to, rejected: [] };
  },
};

const { signal } = new AbortController();

/** Counts up to `count`, then resolves. */
export class Countdown {
  readonly done: Promise<void>;
  #left: number;
  readonly #resolve: () => void;

  constructor(count: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#left = count;
  }

  step(): void {
    this.#left--;
    if (this.#left === 0) this.#resolve();
  }
}

export function batches(count: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, index) =>
    Math.min(batchSize, count - index * batchSize),
  );
}
