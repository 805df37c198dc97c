import type { MailEvent, MailEventReason, MailEventType } from "./mail-event.ts";

/** What is known of a mail that was handed to a transport. */
export interface TrackedMail {
  readonly id: string;
  /** When it was handed over, in milliseconds since 1970. */
  readonly at: number;
  /** Label of the transport. */
  readonly transport: string;
  readonly recipients: readonly string[];
  readonly subject?: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** With `<>`. */
  readonly messageId?: string;
  /** Without `<>`. */
  readonly providerId?: string;
}

/** An event with what it was joined with. */
export interface StoredEvent extends MailEvent {
  /** Of the mail it belongs to, where that was recorded. */
  readonly transport?: string;
}

/** The first time that a recipient's mail came to this. */
export interface MailOutcome {
  readonly recipient: string;
  readonly type: MailEventType;
  readonly at: number;
  /** Of the first event of this type. */
  readonly reason?: MailEventReason;
  readonly permanent?: boolean;
}

/** What counts are grouped by. `domain` is that of the recipient, `day` that of UTC, such as `2026-11-25`. */
export type CountBy = "transport" | "tag" | "domain" | "day";

export interface CountQuery {
  /** From this moment on, in milliseconds since 1970. */
  readonly since: number;
  /** Until before this moment. */
  readonly until: number;
  /** Absent: all in one. */
  readonly by?: CountBy;
}

export interface TypeCount {
  /** Of the group; empty where there are no groups, or where the mail has none, such as one that was not recorded. */
  readonly key: string;
  readonly type: MailEventType;
  /** True for what is `permanent`. */
  readonly permanent: boolean;
  /** How many recipients' mails came to this, each counted once, by the first time. */
  readonly count: number;
}

export interface RecentQuery {
  readonly type?: MailEventType;
  readonly limit: number;
  /** Only what was stored before the event with this cursor. */
  readonly before?: string;
}

/**
 * Mails and their events, whichever of the two comes first. An event joins its mail by `mailId`, else by `providerId`,
 * else by `messageId`; of several mails with one `providerId`, the one that has the event's recipient. Addresses compare
 * case-insensitively. An event without `recipient` is the only recipient's of its mail; where its mail is not known or has
 * several, the recipient is `""`.
 */
export interface TrackingStore {
  /**
   * Records mails. One that is known is completed: `at` is the earlier, lists are joined, and of two texts the one told
   * later counts unless it is empty. Events that came before are joined.
   */
  recordMails(mails: readonly TrackedMail[]): Promise<void>;
  /**
   * Stores all events or none, atomically. An event is known by `provider` and `id`; of two in the same call the first
   * counts. A `raw` of more than 64 KiB as JSON is kept as `{ omitted: "too large", bytes, start }`, one that is no JSON
   * as `{ omitted: "not JSON" }`.
   * @returns those that were new, in their order, each with the `mailId`, `transport`, `recipient`, `tags` and `metadata`
   * of the mail it was joined with; those of the last two that it brings itself stay
   */
  addEvents(events: readonly MailEvent[]): Promise<readonly StoredEvent[]>;
  /** Which of `events` are stored already, by their index. */
  known(events: readonly MailEvent[]): Promise<readonly boolean[]>;
  /** The mail that each of `events` belongs to, stored or not. */
  mailsOf(events: readonly MailEvent[]): Promise<readonly (TrackedMail | undefined)[]>;
  mail(mailId: string): Promise<TrackedMail | undefined>;
  /** All events of one mail by their time, at most `limit`. */
  events(mailId: string, limit: number): Promise<readonly StoredEvent[]>;
  /** By their time. Recipients are spelled as the mail has them, else as the first event does. */
  outcomes(mailId: string): Promise<readonly MailOutcome[]>;
  /**
   * How many recipients' mails came to each type within a time. Those whose mail was not recorded count with an empty
   * transport and the tags of the event.
   */
  counts(query: CountQuery): Promise<readonly TypeCount[]>;
  /** Newest first, in the order in which they were stored. `next` is the cursor of the next page. */
  recent(query: RecentQuery): Promise<{ readonly events: readonly StoredEvent[]; readonly next?: string }>;
  /**
   * Forgets mails older than `before`, in milliseconds since 1970, with all that happened to them, and events older than
   * that whose mail was not recorded: at most `limit` of each.
   * @returns how many it forgot of whichever was most: where it is `limit`, there may be others
   */
  prune(before: number, limit: number): Promise<number>;
}
