import type { Via } from "../caught-mail.ts";
import type { WebhookAttempt, WebhookDelivery } from "../webhook.ts";
import type { Outcome } from "./post-webhook.ts";
import { type Verdict, verdictOn } from "./retry-habits.ts";

/** A webhook on its way. */
export interface Outgoing {
  readonly via: Via;
  readonly mailId?: string;
  readonly action: WebhookDelivery["action"];
  /** For the log: without user and password. */
  readonly url: string;
  readonly body: string;
  /** Made anew for each replay, because some are signed with the time. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly send: (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Outcome>;
}

export interface DeliveryLogOptions {
  readonly retryDelaysMs: Readonly<Record<Via, readonly number[]>>;
  readonly maxDeliveries: number;
  readonly maxBytes: number;
}

interface Entry {
  readonly id: string;
  readonly outgoing: Outgoing;
  headers: Readonly<Record<string, string>>;
  attempts: readonly WebhookAttempt[];
  state: WebhookDelivery["state"];
  retries: number;
  timer?: NodeJS.Timeout | undefined;
  /** Attempts come one after the other. */
  running: Promise<void>;
}

/** Delivers webhooks, tries again as the provider would, and remembers the newest of them. */
export class DeliveryLog {
  readonly #options: DeliveryLogOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new AbortController();
  #added = 0;
  #bytes = 0;

  constructor(options: DeliveryLogOptions) {
    this.#options = options;
  }

  /** @returns what came of the first attempt */
  async deliver(outgoing: Outgoing): Promise<WebhookDelivery> {
    if (this.closed) throw new Error("The inbox was closed.");
    this.#added += 1;
    const entry: Entry = {
      id: `webhook-${this.#added}`,
      outgoing,
      headers: outgoing.headers(),
      attempts: [],
      state: "pending",
      retries: 0,
      running: Promise.resolve(),
    };
    this.#keep(entry);
    await this.#try(entry);
    return shown(entry);
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Newest first. */
  list(mailId?: string): readonly WebhookDelivery[] {
    const entries = [...this.#entries.values()].reverse();
    return entries.filter(({ outgoing }) => mailId === undefined || outgoing.mailId === mailId).map(shown);
  }

  /** Sends the same body again, at once. @throws Error for an id that is not in the log */
  async replay(id: string): Promise<WebhookDelivery> {
    if (this.closed) throw new Error("The inbox was closed.");
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`There is no webhook ${JSON.stringify(id)} in the log.`);
    await entry.running;
    entry.headers = entry.outgoing.headers();
    entry.state = "pending";
    entry.retries = 0;
    await this.#try(entry);
    return shown(entry);
  }

  /** Cuts attempts off and gives up what is pending. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const entry of this.#entries.values()) this.#giveUp(entry);
    await Promise.all([...this.#entries.values()].map(({ running }) => running));
  }

  #try(entry: Entry): Promise<void> {
    entry.running = entry.running.then(() => this.#attempt(entry));
    return entry.running;
  }

  async #attempt(entry: Entry): Promise<void> {
    this.#cancelRetry(entry);
    const { outgoing } = entry;
    const { signal } = this.#closing;
    const at = new Date();
    const started = performance.now();
    const outcome = await outgoing.send(entry.headers, signal);
    const durationMs = Math.round(performance.now() - started);
    entry.attempts = [...entry.attempts, { at, ...outcome, durationMs }];
    this.#follow(entry, signal.aborted ? "failed" : verdictOn(outcome.status, outgoing.via, outgoing.action));
  }

  #follow(entry: Entry, verdict: Verdict): void {
    const delayMs = this.#options.retryDelaysMs[entry.outgoing.via][entry.retries];
    if (verdict !== "retry" || delayMs === undefined || !this.#entries.has(entry.id)) {
      entry.state = verdict === "delivered" ? "delivered" : "failed";
      return;
    }
    entry.retries += 1;
    entry.timer = setTimeout(() => void this.#try(entry), delayMs).unref();
  }

  #cancelRetry(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = undefined;
  }

  #giveUp(entry: Entry): void {
    this.#cancelRetry(entry);
    if (entry.state === "pending") entry.state = "failed";
  }

  /** The oldest go first; those with an attempt to come are given up. */
  #keep(entry: Entry): void {
    this.#entries.set(entry.id, entry);
    this.#bytes += entry.outgoing.body.length;
    for (const [id, oldest] of this.#entries) {
      const full = this.#entries.size > this.#options.maxDeliveries || this.#bytes > this.#options.maxBytes;
      if (!full || oldest === entry) return;
      this.#giveUp(oldest);
      this.#entries.delete(id);
      this.#bytes -= oldest.outgoing.body.length;
    }
  }
}

function shown({ id, outgoing, headers, state, attempts }: Entry): WebhookDelivery {
  const { mailId, action, url, body } = outgoing;
  return { id, ...(mailId !== undefined && { mailId }), action, url, headers, body, state, attempts };
}
