import { abortError } from "./abort.ts";
import type { BatchMail, BatchRecipient } from "./batch.ts";
import { type BatchPlan, BatchPlanner } from "./batch-planner.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { batchMailOf, canBeOneOfMany, recipientOf } from "./mail-in-batch.ts";
import { MailLooks } from "./mail-look.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { TransportReceipt } from "./receipt.ts";
import { signalOfAll } from "./shared-signals.ts";
import type { Transport, TransportContext } from "./transport.ts";
import type { ChosenTransport } from "./transport-registry.ts";
import { wrapTransport } from "./wrap-transport.ts";

/** A mail that waits for others, and who waits for its receipt. */
interface Waiting {
  readonly mail: PreparedMessage;
  readonly recipient: BatchRecipient;
  readonly context: TransportContext;
  readonly resolve: (receipt: TransportReceipt | Promise<TransportReceipt>) => void;
  readonly reject: (error: unknown) => void;
}

/** Mails that are equal in what `shared` holds. */
interface EqualMails {
  readonly shared: BatchMail;
  readonly planner: BatchPlanner<Waiting>;
}

/** The same choice of a transport, made once, which takes mails one by one and sends equal ones together. */
export function gathering(choose: () => ChosenTransport): () => ChosenTransport {
  let chosen: ChosenTransport | undefined;
  return () => {
    if (chosen !== undefined) return chosen;
    const { transport, key, label } = choose();
    const gatherer = transport.sendBatch === undefined ? undefined : new Gatherer(transport, key);
    chosen = { transport: gatherer?.asTransport() ?? transport, key, label };
    return chosen;
  };
}

/** Longest wait for equal mails while others come, in turns of the event loop; a run gives about 100 mails in one. */
const maxTurns = 100;

/**
 * Sends mails that came one after the other and are equal in all that a batch shares in one request: once it is full, or
 * once a turn brings no more mails. Each has an outcome of its own.
 */
class Gatherer {
  readonly #transport: Transport;
  readonly #key: string | undefined;
  #looks = new MailLooks();
  #groups = new Map<string, EqualMails>();
  /** How many have come since the last time that nobody waited. */
  #come = 0;

  /** @param key the mailer's for the transport */
  constructor(transport: Transport, key: string | undefined) {
    this.#transport = transport;
    this.#key = key;
  }

  asTransport(): Transport {
    return wrapTransport(this.#transport, {
      label: undefined,
      send: async (mail, context) =>
        canBeOneOfMany(mail) ? this.#gather(mail, context) : this.#transport.send(mail, context),
    });
  }

  #gather(mail: PreparedMessage, context: TransportContext): Promise<TransportReceipt> {
    const group = this.#groupOf(mail, context);
    if (group === undefined) return this.#transport.send(mail, context);
    const { shared, planner } = group;
    const { promise, resolve, reject } = Promise.withResolvers<TransportReceipt>();
    for (const plan of planner.add({ mail, recipient: recipientOf(mail, shared), context, resolve, reject }))
      this.#send(shared, plan);
    if (this.#come++ === 0) setImmediate(() => this.#endTurn(0, 1));
    return promise;
  }

  #groupOf(mail: PreparedMessage, { onUnsupported }: TransportContext): EqualMails | undefined {
    const look = this.#looks.lookOf(mail);
    if (look === undefined) return undefined;
    const known = this.#groups.get(look);
    if (known !== undefined) return known;
    const shared = batchMailOf(mail);
    const group = { shared, planner: new BatchPlanner<Waiting>(shared, this.#transport, onUnsupported) };
    this.#groups.set(look, group);
    return group;
  }

  #endTurn(cameBefore: number, turns: number): void {
    const come = this.#come;
    if (come > cameBefore && turns < maxTurns) {
      setImmediate(() => this.#endTurn(come, turns + 1));
      return;
    }
    const groups = this.#groups;
    this.#groups = new Map();
    this.#looks = new MailLooks();
    this.#come = 0;
    for (const { shared, planner } of groups.values()) for (const plan of planner.rest()) this.#send(shared, plan);
  }

  #send(shared: BatchMail, { entries }: BatchPlan<Waiting>): void {
    const [one, ...others] = entries.filter(({ context: { signal }, reject }) => {
      if (signal.aborted) reject(abortError(signal));
      return !signal.aborted;
    });
    if (one === undefined) return;
    if (others.length > 0) void this.#sendTogether(shared, [one, ...others]);
    else one.resolve(this.#sendAlone(one));
  }

  async #sendAlone({ mail, context }: Waiting): Promise<TransportReceipt> {
    return this.#transport.send(mail, context);
  }

  async #sendTogether(mail: BatchMail, members: readonly [Waiting, ...Waiting[]]): Promise<void> {
    using all = signalOfAll(members.map(({ context: { signal } }) => signal));
    const context = { ...members[0].context, signal: all.signal };
    const batch = { mail, recipients: members.map(({ recipient }) => recipient) };
    const outcomes = await deliverBatch(this.#transport, batch, context, { key: this.#key });
    for (const [index, outcome] of outcomes.entries()) {
      const { resolve, reject } = members[index] as Waiting;
      if (outcome.ok) resolve(outcome.receipt);
      else reject(outcome.error);
    }
  }
}
