import { randomUUID } from "node:crypto";
import { type LedgerStore, MailError, toMailError } from "@mail/core";
import type { Broker, BrokerConsumer, BrokerMessage, Delivery } from "../broker.ts";
import type { EngineWork, EngineWorker } from "../queue-engine.ts";
import { keepUnreadable } from "./keep-unreadable.ts";
import { PausePoll } from "./pause-poll.ts";
import type { Pruner } from "./pruner.ts";
import { queueLedger } from "./queue-ledger.ts";
import { quietly } from "./quietly.ts";
import { recordSettlement } from "./record-settlement.ts";
import { Slots } from "./slots.ts";
import { type Decision, type Lease, Taking } from "./take-delivery.ts";

export interface WorkerParts {
  readonly broker: Broker;
  readonly ledger: LedgerStore;
  readonly name: string;
  readonly pruner: Pruner;
}

/**
 * After how long a message is looked at again that comes while this worker has its mail in hand, in milliseconds: a second
 * one of that mail, or the same again after the connection was lost.
 */
const inHandMs = 1_000;
/** First and longest wait before the ledger is asked again that could not be reached, in milliseconds. */
const [firstPauseMs, longestPauseMs] = [100, 5_000];
/** For how long a message is put off that the ledger will not have, in milliseconds. */
const refusedMs = 60_000;

/** Takes messages from a broker and sends each mail under a lease in the ledger. */
export class LedgerWorker implements EngineWorker {
  readonly #parts: WorkerParts;
  readonly #work: EngineWork;
  readonly #lease: Lease;
  readonly #ledger: ReturnType<typeof queueLedger>;
  readonly #slots: Slots<Delivery>;
  readonly #poll: PausePoll;
  readonly #consumer: BrokerConsumer;
  readonly #renewal: NodeJS.Timeout;
  readonly #onError: (error: MailError) => void;
  /** Mails in a place, by id. */
  readonly #inHand = new Map<string, Delivery>();
  /** Those of them that are marked `sending` under this owner. */
  readonly #leased = new Set<string>();
  readonly #answers = new Set<Promise<void>>();
  #isConsumerPaused = false;
  #closing: Promise<void> | undefined;

  constructor(parts: WorkerParts, work: EngineWork) {
    const { broker, ledger, name } = parts;
    this.#parts = parts;
    this.#work = work;
    this.#onError = quietly(work.onError);
    this.#lease = { owner: randomUUID(), ms: work.leaseMs };
    this.#ledger = queueLedger(ledger, name);
    this.#slots = new Slots(work.concurrency, byPriority, (delivery) => this.#process(delivery));
    this.#consumer = broker.subscribe({
      // Some wait for a place, so that none is empty while its last mail is being settled and the next one fetched.
      prefetch: work.concurrency + Math.floor(work.concurrency / 2),
      leaseMs: work.leaseMs,
      onDelivery: (delivery) => this.#take(delivery),
      onUnreadable: (body, reason) => keepUnreadable(ledger, name, body, reason, this.#onError),
      onError: this.#onError,
    });
    this.#poll = new PausePoll(
      () => ledger.pausedBy(name),
      (isPaused) => this.#pause(isPaused),
      this.#onError,
    );
    // It keeps the process alive, also while there is no connection that would.
    this.#renewal = setInterval(() => void this.#renew(), Math.max(1, work.leaseMs / 3));
  }

  /** Tells what the queue in this process has set, before the ledger is asked. */
  setPaused(isPaused: boolean): void {
    this.#poll.set(isPaused);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    this.#poll.stop();
    this.#slots.open(false);
    await this.#consumer.stop().catch((thrown) => this.#onError(toMailError(thrown)));
    for (const delivery of this.#slots.clear()) this.#answer(delivery.later(0));
    await this.#slots.idle();
    await Promise.all(this.#answers);
    clearInterval(this.#renewal);
  }

  #pause(isPaused: boolean): void {
    if (this.#closing !== undefined) return;
    if (isPaused) this.#consumer.pause();
    else if (this.#isConsumerPaused) this.#consumer.resume();
    this.#isConsumerPaused = isPaused;
    this.#slots.open(!isPaused);
  }

  #take(delivery: Delivery): void {
    if (this.#closing !== undefined) this.#answer(delivery.later(0));
    else if (this.#inHand.has(delivery.message.id)) this.#answer(delivery.later(inHandMs));
    else this.#slots.push(delivery);
  }

  /** Never rejects. */
  async #process(delivery: Delivery): Promise<void> {
    const { id } = delivery.message;
    if (this.#inHand.has(id)) return this.#answer(delivery.later(inHandMs));
    this.#inHand.set(id, delivery);
    try {
      const decision = await this.#decide(delivery.message);
      if (decision.kind === "drop") this.#answer(delivery.ack());
      else if (decision.kind === "later") this.#answer(delivery.later(decision.delayMs));
      else await this.#send(delivery, decision);
    } finally {
      this.#inHand.delete(id);
    }
  }

  async #decide(message: BrokerMessage): Promise<Decision> {
    const taking = new Taking(this.#ledger, message, this.#lease);
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        return await taking.decide();
      } catch (thrown) {
        const error = toMailError(thrown);
        this.#onError(error);
        if (!error.retryable) return { kind: "later", delayMs: refusedMs };
      }
      await this.#poll.wait(pauseMs);
      if (this.#closing !== undefined) return { kind: "later", delayMs: 0 };
    }
  }

  async #send(delivery: Delivery, { entry, interrupted }: Decision & { kind: "send" }): Promise<void> {
    const { message } = delivery;
    const { id, priority, createdAt, tries, record } = entry;
    this.#leased.add(id);
    const settlement = await this.#work.handle({
      ...{ id, priority, createdAt, tries, record },
      payload: message.payload,
      interrupted,
    });
    const mail = { message, owner: this.#lease.owner, settlement };
    const isRecorded = await recordSettlement(this.#ledger, mail, this.#onError);
    this.#leased.delete(id);
    if (!isRecorded) {
      this.#work.onError(lostLease(id));
      // Who has it now needs its own message; this one finds out what became of it.
      return this.#answer(delivery.later(inHandMs));
    }
    settlement.recorded?.();
    if (settlement.state === "queued") this.#answer(delivery.later(Math.max(0, settlement.dueAt - Date.now())));
    else this.#answer(delivery.ack());
  }

  /** Outside the place: should it fail, the broker delivers the message again, and the ledger says what to do with it. */
  #answer(answer: Promise<void>): void {
    const answered = answer
      .catch((thrown) => this.#onError(toMailError(thrown)))
      .finally(() => this.#answers.delete(answered));
    this.#answers.add(answered);
  }

  async #renew(): Promise<void> {
    for (const delivery of [...this.#inHand.values(), ...this.#slots.waiting]) delivery.extend?.();
    this.#parts.pruner.occasion(this.#onError);
    if (this.#leased.size === 0) return;
    try {
      await this.#parts.ledger.renew(this.#parts.name, [...this.#leased], this.#lease.owner, this.#lease.ms);
    } catch (thrown) {
      this.#onError(toMailError(thrown));
    }
  }
}

function byPriority({ message: one }: Delivery, { message: other }: Delivery): number {
  return one.priority - other.priority || one.dueAt - other.dueAt || (one.id < other.id ? -1 : 1);
}

function lostLease(id: string): MailError {
  return new MailError(`The lease of mail ${id} ran out while it was being sent, and another worker has it.`, {
    code: "unknown",
    delivery: "unknown",
    hint: "The process was held up for longer than leaseMs, or cut off from the ledger. Give it a longer lease, or see why.",
  });
}
