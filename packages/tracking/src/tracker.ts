import type {
  CountBy,
  Logger,
  MailEvent,
  MailEventReason,
  MailEventSource,
  MailEventType,
  Store,
  StoredEvent,
  TrackedMail,
  Transport,
} from "@mail/core";
import type { DashboardOptions } from "./dashboard/dashboard-options.ts";
import type { SuppressionList } from "./suppression-list.ts";
import type { SuppressionPolicy } from "./suppression-policy.ts";
import type { UnsubscribeHandler, UnsubscribeOptions } from "./unsubscribe/unsubscribe.ts";

export interface TrackerOptions<Source extends string> {
  /** Where mails, events and suppressions are kept. Default: this process's memory. */
  readonly store?: Store | undefined;
  /** Who reports, by the name that `handle` is called with. */
  readonly sources?: Readonly<Record<Source, MailEventSource>> | undefined;
  /** A list kept elsewhere, such as in Redis, by `createSuppressions`. Default: one in `store`. */
  readonly suppressions?: SuppressionList | undefined;
  /** Which events put an address on the list. Default: hard bounces, complaints and unsubscribes. */
  readonly suppress?: SuppressionPolicy | undefined;
  /** Needed for one-click unsubscribe (RFC 8058). */
  readonly unsubscribe?: UnsubscribeOptions | undefined;
  /**
   * What becomes of a mail that cannot be recorded because the store is away, or takes longer than 2 seconds: `"send"`
   * sends it with a warning and records it afterwards if it can, `"fail"` refuses it (`unavailable`) before any I/O.
   * Default `"send"`.
   */
  readonly onUnrecorded?: "send" | "fail" | undefined;
  /** For how long mails and events are kept, in milliseconds. Default 7,776,000,000, 90 days; suppressions stay. */
  readonly retainMs?: number | undefined;
  /** Default: nothing is logged but what concerns a send, which goes to the mailer's. */
  readonly logger?: Logger | undefined;
}

/** How far a recipient's mail came: its state never goes back, whatever comes late or out of order. */
export interface RecipientStatus {
  readonly recipient: string;
  /** `unknown` where nothing was heard, or where the connection broke while the mail was handed over. */
  readonly state: MailEventType;
  /** When it first came to that. */
  readonly at: Date;
  readonly reason?: MailEventReason;
  readonly permanent?: boolean;
  /** When it first came to each type. */
  readonly reached: Readonly<Partial<Record<MailEventType, Date>>>;
}

export interface MailStatus {
  readonly mailId: string;
  /** Absent where the mail was not sent through `tracker.transport`. */
  readonly mail?: TrackedMail;
  readonly recipients: readonly RecipientStatus[];
}

/** Recipients' mails, each counted once for each thing that happened to it. */
export interface MailCounts extends Readonly<Record<MailEventType, number>> {
  /** Of those bounced, the permanent ones. */
  readonly hardBounced: number;
  /**
   * A share of what was sent, from 0 to 1; 0 where nothing was. Sent is the larger of `sent` and `delivered` and `bounced`
   * together, since a mail that did not go through `tracker.transport` may have no `sent`.
   */
  readonly bounceRate: number;
  readonly complaintRate: number;
  readonly openRate: number;
  readonly clickRate: number;
}

export interface StatsQuery {
  /** What happened from then on. */
  readonly since: Date;
  /** And before then. Default now. */
  readonly until?: Date | undefined;
  /** `domain` is the recipient's, `day` that of UTC. */
  readonly by?: CountBy | undefined;
}

export interface Stats {
  readonly since: Date;
  readonly until: Date;
  readonly total: MailCounts;
  /** Empty without `by`. In the order of days, else those with most mail first. A mail counts for each of its tags. */
  readonly groups: readonly (MailCounts & { readonly key: string })[];
}

export interface RecentOptions {
  readonly type?: MailEventType | undefined;
  /** Default 50, at most 1,000. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly before?: string | undefined;
}

export interface Tracker<Source extends string = string> extends AsyncDisposable {
  /**
   * Records each mail before it is sent, and what the transport answered. Makes one-click unsubscribe links. Put it
   * around `retry`, `failover` and the like, so that it hears what came of a mail in the end.
   * @throws MailError `configuration` where `inner` is no transport
   */
  transport(inner: Transport): Transport;
  /**
   * Takes a provider's report and answers what the provider expects: 200, or what makes it stop or come again. All
   * events of a request are stored, or none (503).
   * @param source a key of `sources`; any other answers 404
   */
  handle(request: Request, source: Source | (string & {})): Promise<Response>;
  /**
   * Takes events that came another way, such as from a queue (SQS) or a mailbox of bounces, by the same rules: each
   * once, all or none. Nothing is verified here: give only what a source read, or what you trust as much.
   * @returns those that were new
   * @throws MailError `configuration` for what is no event, `unavailable` where the store is away: give them again
   */
  add(events: readonly MailEvent[]): Promise<readonly StoredEvent[]>;
  /**
   * Calls `handler` with each new event of a type, after it was stored. At most once: what must not be missed after a
   * crash is read by `recent` or `timeline`.
   * @returns a function that takes it off again
   */
  on(type: MailEventType, handler: (event: StoredEvent) => unknown): () => void;
  /** What happened to a mail, in the order of time: the first 10,000 events. */
  timeline(mailId: string): Promise<readonly StoredEvent[]>;
  /** How far a mail came with each recipient; `undefined` where nothing is known of it. */
  status(mailId: string): Promise<MailStatus | undefined>;
  /** Counts what happened within a time. @throws MailError `configuration` that names what is wrong with the query */
  stats(query: StatsQuery): Promise<Stats>;
  /** The newest events, in the order in which they came in. @throws MailError `configuration` */
  recent(options?: RecentOptions): Promise<{ readonly events: readonly StoredEvent[]; readonly next?: string }>;
  /** Addresses that must not be mailed: pass it to `createMailer`. */
  readonly suppressions: SuppressionList;
  /** Answers one-click unsubscribe (RFC 8058): mount it where `unsubscribe.url` leads. */
  readonly unsubscribe: UnsubscribeHandler;
  /** Pages that show the numbers, as a handler to mount. @throws MailError `configuration` without `authorize` in production */
  dashboard(options?: DashboardOptions): (request: Request) => Promise<Response>;
  /**
   * Forgets what is older than `retainMs`; done by itself once an hour while the tracker is at work.
   * @returns how many mails or events, whichever was more
   */
  prune(): Promise<number>;
  /** Takes no more reports, and waits for what is under way. The store stays open: it is the app's. */
  close(): Promise<void>;
}
