import type { LedgerChange, LedgerEntry } from "@mail/core";
import type { BrokerMessage } from "../broker.ts";
import { ledgerEntry } from "./ledger-entry.ts";
import type { QueueLedger } from "./queue-ledger.ts";

/** What to do with a message that has come. */
export type Decision =
  | { readonly kind: "send"; readonly entry: LedgerEntry; readonly interrupted: boolean }
  | { readonly kind: "later"; readonly delayMs: number }
  /** It is done with, or was never to be sent. */
  | { readonly kind: "drop" };

/** Who takes it, and for how long without a renewal. */
export interface Lease {
  readonly owner: string;
  readonly ms: number;
}

/** Longest time that a message is put off at once: should a clock have been wrong, the mail is late by no more than this. */
const longestDelayMs = 3_600_000;

/** Shortest wait for a lease to end, as clocks of hosts differ. */
const shortestWaitMs = 50;

/** Others may change an entry between two looks at it, but not time and again. */
const maxRounds = 5;

/** Asks the ledger what to do with one message. Bears that answers are lost: it sees its own name in the entry then. */
export class Taking {
  readonly #ledger: QueueLedger;
  readonly #message: BrokerMessage;
  readonly #lease: Lease;
  /** Of the last taking that was tried: whether it was of an interrupted mail. */
  #interrupted: boolean | undefined;

  constructor(ledger: QueueLedger, message: BrokerMessage, lease: Lease) {
    this.#ledger = ledger;
    this.#message = message;
    this.#lease = lease;
  }

  /** @throws MailError where the ledger does not answer; ask again */
  async decide(): Promise<Decision> {
    const { id } = this.#message;
    let leaseRuns = false;
    const isFirst = this.#interrupted === undefined;
    let decision = isFirst ? await this.#take({ states: ["queued"], dueBy: Date.now() }, false) : undefined;
    for (let round = 0; decision === undefined && round < maxRounds; round++) {
      const entry = await this.#ledger.find(id);
      if (entry === undefined) {
        if ((await this.#ledger.add(ledgerEntry(this.#message))) !== id) return { kind: "drop" };
        decision = await this.#take({ states: ["queued"], dueBy: Date.now() }, false);
      } else {
        decision = await this.#decideOn(entry, leaseRuns);
        leaseRuns = entry.state === "sending";
      }
    }
    return decision ?? { kind: "later", delayMs: shortestWaitMs };
  }

  /** @returns `undefined` where a taking did not hold, or its answer says so after the first one was lost */
  async #decideOn(entry: LedgerEntry, leaseRuns: boolean): Promise<Decision | undefined> {
    const { record, replays } = this.#message;
    switch (entry.state) {
      case "queued": {
        const delayMs = Math.min(entry.dueAt - Date.now(), longestDelayMs);
        if (delayMs > 0) return { kind: "later", delayMs };
        return await this.#take({ states: ["queued"], dueBy: Date.now() }, false);
      }
      case "sending": {
        // Nobody else takes anything under this owner's name, and this worker takes a mail once at a time.
        if (entry.owner === this.#lease.owner && this.#interrupted !== undefined)
          return { kind: "send", entry, interrupted: this.#interrupted };
        if (!leaseRuns) return await this.#take({ states: ["sending"], leaseOver: true }, true);
        const leftMs = (entry.leasedUntil ?? 0) - Date.now();
        return { kind: "later", delayMs: Math.max(shortestWaitMs, Math.min(leftMs, this.#lease.ms)) };
      }
      case "dead":
      case "unknown":
        if (replays <= entry.replays) return { kind: "drop" };
        return await this.#take({ states: [entry.state], replaysBelow: replays }, false, { replays, record });
      default:
        return { kind: "drop" };
    }
  }

  async #take(
    where: LedgerChange["where"],
    interrupted: boolean,
    more: { readonly replays?: number; readonly record?: string } = {},
  ): Promise<Decision | undefined> {
    this.#interrupted = interrupted;
    const set = { state: "sending", lease: this.#lease, tries: 1, ...more } as const;
    const entry = await this.#ledger.change({ id: this.#message.id, where, set });
    return entry && { kind: "send", entry, interrupted };
  }
}
