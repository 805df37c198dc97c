import type {
  CountBy,
  Logger,
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
  /** What becomes of a mail that cannot be recorded because the store is away. Default `"send"`, with a warning. */
  readonly onUnrecorded?: "send" | "fail" | undefined;
  /** For how long mails and events are kept, in milliseconds. Default 90 days; suppressions stay. */
  readonly retainMs?: number | undefined;
  readonly logger?: Logger | undefined;
}

/** How far a recipient's mail came: its state never goes back. */
export interface RecipientStatus {
  readonly recipient: string;
  readonly state: MailEventType;
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
  /** Shares of what was sent, from 0 to 1; 0 where nothing was. */
  readonly bounceRate: number;
  readonly complaintRate: number;
  readonly openRate: number;
  readonly clickRate: number;
}

export interface StatsQuery {
  readonly since: Date;
  /** Default now. */
  readonly until?: Date | undefined;
  readonly by?: CountBy | undefined;
}

export interface Stats {
  readonly since: Date;
  readonly until: Date;
  readonly total: MailCounts;
  /** Empty without `by`. By day in the order of days, else the most first. */
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
  /** Records each mail before it is sent, and what the transport answered. Makes one-click unsubscribe links. */
  transport(inner: Transport): Transport;
  /**
   * Takes a provider's report and answers what the provider expects: 200, or what makes it stop or come again. All
   * events of a request are stored, or none (503).
   * @param source a key of `sources`
   */
  handle(request: Request, source: Source | (string & {})): Promise<Response>;
  /** Calls `handler` with each new event of a type, after it was stored. @returns a function that takes it off again */
  on(type: MailEventType, handler: (event: StoredEvent) => void | Promise<void>): () => void;
  /** All that happened to a mail, in the order of time. */
  timeline(mailId: string): Promise<readonly StoredEvent[]>;
  /** How far a mail came with each recipient; `undefined` where nothing is known of it. */
  status(mailId: string): Promise<MailStatus | undefined>;
  stats(query: StatsQuery): Promise<Stats>;
  /** The newest events. */
  recent(options?: RecentOptions): Promise<{ readonly events: readonly StoredEvent[]; readonly next?: string }>;
  /** Addresses that must not be mailed: pass it to `createMailer`. */
  readonly suppressions: SuppressionList;
  /** Answers one-click unsubscribe (RFC 8058): mount it where `unsubscribe.url` leads. */
  readonly unsubscribe: UnsubscribeHandler;
  /** Pages that show the numbers, as a handler to mount. @throws MailError `configuration` without `authorize` in production */
  dashboard(options?: DashboardOptions): (request: Request) => Promise<Response>;
  /** Forgets what is older than `retainMs`; done by itself once an hour while the tracker is at work. @returns how much */
  prune(): Promise<number>;
  /** Waits for what is under way. The store stays open: it is the app's. */
  close(): Promise<void>;
}
