import { DatabaseSync } from "node:sqlite";
import { MailError } from "@mail/core";
import type { Broker, BrokerConsumer, BrokerMessage, BrokerSubscription, Delivery } from "../broker.ts";

const pollMs = 10;

/** A broker in a file, so that several processes can share it: at least once, with delays, and leases that run out. */
export class FileBroker implements Broker {
  readonly name = "file";
  readonly #database: DatabaseSync;
  readonly #stops = new Set<() => void>();

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 20_000 });
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, priority INTEGER, ready_at INTEGER, held_until INTEGER,
        delivery INTEGER DEFAULT 0, message TEXT, payload BLOB);
      CREATE INDEX IF NOT EXISTS ready ON messages (priority, ready_at);`);
  }

  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    const insert = this.#prepare("INSERT INTO messages (priority, ready_at, message, payload) VALUES (?, ?, ?, ?)");
    this.#database.exec("BEGIN IMMEDIATE");
    for (const { payload, ...message } of messages)
      insert.run(message.priority, Math.ceil(message.dueAt), JSON.stringify(message), payload);
    this.#database.exec("COMMIT");
  }

  subscribe(subscription: BrokerSubscription): BrokerConsumer {
    const held = new Map<number, number>();
    let isPaused = false;
    const poll = setInterval(() => {
      if (!isPaused) for (const priority of [0, 1, 2]) this.#fetch(subscription, priority, held);
    }, pollMs);
    const stop = (): void => clearInterval(poll);
    this.#stops.add(stop);
    return {
      pause: () => {
        isPaused = true;
      },
      resume: () => {
        isPaused = false;
      },
      stop: async () => stop(),
    };
  }

  async ready(): Promise<void> {
    this.#prepare("SELECT 1").get();
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    if (this.#database.isOpen) this.#database.close();
  }

  #fetch({ prefetch, leaseMs, onDelivery }: BrokerSubscription, priority: number, held: Map<number, number>): void {
    const free = prefetch - (held.get(priority) ?? 0);
    if (free <= 0) return;
    const now = Date.now();
    const rows = this.#prepare(
      `UPDATE messages SET held_until = ?, delivery = delivery + 1 WHERE seq IN (
         SELECT seq FROM messages WHERE priority = ? AND ready_at <= ? AND (held_until IS NULL OR held_until <= ?)
         ORDER BY ready_at, seq LIMIT ?)
       RETURNING seq, delivery, message, payload`,
    ).all(now + leaseMs, priority, now, now, free);
    held.set(priority, (held.get(priority) ?? 0) + rows.length);
    for (const { seq, delivery, message, payload } of rows) {
      const done = (): void => void held.set(priority, (held.get(priority) ?? 1) - 1);
      const mail = { ...JSON.parse(String(message)), payload };
      onDelivery(this.#delivery(mail, [Number(seq), Number(delivery)], leaseMs, done));
    }
  }

  /** Answers to a delivery count only as long as there was no other one of the same message. */
  #delivery(message: BrokerMessage, which: readonly [number, number], leaseMs: number, done: () => void): Delivery {
    const isHeld = "WHERE seq = ? AND delivery = ?";
    return {
      message,
      ack: async () => {
        done();
        this.#prepare(`DELETE FROM messages ${isHeld}`).run(...which);
      },
      later: async (delayMs) => {
        done();
        const readyAt = Date.now() + Math.ceil(delayMs);
        this.#prepare(`UPDATE messages SET held_until = NULL, ready_at = ? ${isHeld}`).run(readyAt, ...which);
      },
      extend: () => {
        this.#prepare(`UPDATE messages SET held_until = ? ${isHeld}`).run(Date.now() + leaseMs, ...which);
      },
    };
  }

  #prepare(statement: string) {
    if (this.#database.isOpen) return this.#database.prepare(statement);
    throw new MailError("The broker is closed.", { code: "unavailable", hint: "Open a new one." });
  }
}
