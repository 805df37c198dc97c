import { randomUUID } from "node:crypto";
import { untilAborted } from "./abort.ts";
import { type MailErrorJson, mailErrorFromJson, mailErrorToJson } from "./error-json.ts";
import { quietly } from "./logger.ts";
import { amendError, MailError } from "./mail-error.ts";
import type { Receipt } from "./receipt.ts";
import { type ReceiptJson, receiptFromJson, receiptToJson } from "./receipt-json.ts";
import type { ClaimState, ClaimStore } from "./store.ts";
import type { TransportContext } from "./transport.ts";
import { reasonOf } from "./value-text.ts";
import { wait } from "./wait.ts";

/** What became of the mail that held a key. */
type OnceResult = { readonly receipt: Receipt } | { readonly error: MailError };

/** A key that this send holds. */
export interface OnceClaim {
  /** Records the result for duplicates. Never throws: what was sent stays sent, whatever the store does. */
  settle(result: OnceResult, context: TransportContext): Promise<void>;
}

type Recorded = { readonly receipt: ReceiptJson } | { readonly error: MailErrorJson };

const firstPollMs = 20;
const maxPollMs = 500;

export interface OnceSettings {
  readonly prefix: string | undefined;
  readonly keepMs: number;
  readonly leaseMs: number;
}

/** The keys of `once`, in a store that other processes may share. */
export class OnceClaims {
  readonly #store: ClaimStore;
  readonly #prefix: string;
  readonly #keepMs: number;
  readonly #leaseMs: number;
  /** Sends of this process by key, so that duplicates in it need not poll. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(store: ClaimStore, { prefix, keepMs, leaseMs }: OnceSettings) {
    this.#store = store;
    // Stores are shared with others that claim keys.
    this.#prefix = prefix === undefined ? "once:" : `once:${prefix}:`;
    this.#keepMs = keepMs;
    // A crash is seen while the key is still remembered: once it is forgotten, the mail would be sent again.
    this.#leaseMs = Math.min(leaseMs, Math.floor(keepMs / 2));
  }

  /**
   * Takes a key, or waits for what becomes of the mail that holds it.
   * @throws MailError `unknown` where nobody can tell; `unavailable` by the store; `aborted` or `timeout` by the signal
   */
  async claim(
    key: string,
    mailId: string,
    context: TransportContext,
  ): Promise<OnceClaim | { readonly receipt: Receipt }> {
    let pollMs = firstPollMs;
    while (true) {
      const claimed = await this.tryClaim(key, mailId, context);
      if (claimed !== undefined) return claimed;
      const running = this.#running.get(key);
      if (running !== undefined) await untilAborted(running, context.signal);
      else await wait(pollMs, context.signal);
      pollMs = Math.min(maxPollMs, pollMs * 2);
    }
  }

  /** The same without waiting: `undefined` where another mail with this key is on its way. */
  async tryClaim(
    key: string,
    mailId: string,
    { signal }: TransportContext,
  ): Promise<OnceClaim | { readonly receipt: Receipt } | undefined> {
    const owner = randomUUID();
    const name = this.#prefix + key;
    const claiming = this.#store.claim(name, { owner, leaseMs: this.#leaseMs, keepMs: this.#keepMs, note: mailId });
    let state: ClaimState;
    try {
      state = await untilAborted(claiming, signal);
    } catch (thrown) {
      // Whoever gave up, or never got the answer, must not leave the key taken.
      claiming
        .catch(() => undefined)
        .then(() => this.#store.release(name, owner))
        .catch(() => undefined);
      throw thrown;
    }
    if (state.state === "held") return undefined;
    if (state.state === "abandoned") throw abandoned(name, state.note);
    if (state.state === "settled") return replay(name, state.note, state.result);
    return this.#hold(key, name, owner);
  }

  #hold(key: string, name: string, owner: string): OnceClaim {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running.set(key, promise);
    const renew = (): void => void this.#store.renew(name, owner, this.#leaseMs).catch(() => undefined);
    const heartbeat = setInterval(renew, this.#leaseMs / 3).unref();
    const record = async (result: OnceResult, { log }: TransportContext): Promise<void> => {
      clearInterval(heartbeat);
      try {
        const unsent = "error" in result && result.error.delivery === "not_sent";
        if (unsent) await this.#store.release(name, owner);
        else await this.#store.settle(name, owner, JSON.stringify(recorded(result)), this.#keepMs);
      } catch (thrown) {
        const fields = { idempotencyKey: key, reason: reasonOf(thrown) };
        quietly(() => log.error(fields, "What became of the mail was not recorded for duplicates"));
      } finally {
        this.#running.delete(key);
        resolve();
      }
    };
    return {
      // Recording goes on, but a caller who has no more time does not wait for it.
      settle: (result, context) => untilAborted(record(result, context), context.signal).catch(() => undefined),
    };
  }
}

function recorded(result: OnceResult): Recorded {
  return "receipt" in result ? { receipt: receiptToJson(result.receipt) } : { error: mailErrorToJson(result.error) };
}

/** @throws MailError the first mail's own, where it is not known what became of it */
function replay(name: string, note: string, result: string): { readonly receipt: Receipt } {
  const parsed = JSON.parse(result) as Recorded;
  if ("receipt" in parsed) return { receipt: receiptFromJson(parsed.receipt) };
  const error = mailErrorFromJson(parsed.error);
  throw amendError(error, {
    scope: "message", // It is about this key: no transport is out of order now.
    message: `An earlier mail with this idempotencyKey (${note}) may have been sent: ${error.message}`,
    hint: hintFor(name),
  });
}

function abandoned(name: string, note: string): MailError {
  return new MailError(
    `A process that was sending a mail with this idempotencyKey (${note}) ended before it told the outcome.`,
    {
      code: "unknown",
      scope: "message",
      delivery: "unknown",
      hint: hintFor(name),
    },
  );
}

function hintFor(name: string): string {
  return `Look the mail up at the provider. If it was not sent, free the key: store.claims.release(${JSON.stringify(name)}).`;
}
