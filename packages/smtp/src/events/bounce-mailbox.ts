import { backoffMs, type Logger, MailError, MailEventError, safeLogger, silentLogger, untilAborted } from "@mail/core";
import { ImapSession } from "./imap-session.ts";
import { mailRequest } from "./mail-request.ts";
import { type BounceMailboxOptions, checkMailboxOptions } from "./mailbox-options.ts";

/** What became of the mails that were waiting. */
export interface CollectedMails {
  /** Done. */
  readonly taken: number;
  /** Refused and put aside: flagged, for people to look at. */
  readonly refused: number;
  /** Not taken: they come again. */
  readonly kept: number;
}

export interface BounceMailbox {
  /** Takes in what is waiting, once. @throws MailError where the mailbox cannot be read */
  collect(options?: { readonly signal?: AbortSignal | undefined }): Promise<CollectedMails>;
  /**
   * Takes in what comes until the signal is aborted, and connects again by itself. The mail in hand is finished first.
   * @throws MailError where the login, the mailbox or an option is wrong at the first connection
   */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}

const defaultPollMs = 60_000;
/** Where so many mails in a row are not taken, whoever takes them is out of order. */
const keptInARow = 5;
const refusals: ReadonlySet<number> = new Set([400, 401, 406, 413, 415, 422]);

/**
 * Reads a mailbox into which bounces come, by IMAP. Each mail is marked only after `deliver` has taken it in, so that
 * none is lost in a crash; one may come twice then, with the same event ids. One mail at a time is in memory. Needs
 * imapflow.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function bounceMailbox(options: BounceMailboxOptions): BounceMailbox {
  checkMailboxOptions(options);
  const { pollMs = defaultPollMs, logger } = options;
  const collector = new Collector(options, logger === undefined ? silentLogger : safeLogger(logger));
  return {
    async collect({ signal = new AbortController().signal } = {}) {
      await using session = await ImapSession.open(options, signal);
      return await collector.collect(session, signal);
    },
    run: ({ signal }) => run(options, collector, pollMs, signal),
  };
}

async function run(
  options: BounceMailboxOptions,
  collector: Collector,
  pollMs: number,
  signal: AbortSignal,
): Promise<void> {
  let connected = false;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await using session = await ImapSession.open(options, signal);
      connected = true;
      while (!signal.aborted) {
        await collector.collect(session, signal);
        failures = 0;
        await session.newMail(pollMs);
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (!connected && MailError.is(thrown) && !thrown.retryable) throw thrown;
      failures++;
      await collector.pauseAfter(thrown, backoffMs(failures, {}), signal);
    }
  }
}

class Collector {
  readonly #deliver: BounceMailboxOptions["deliver"];
  readonly #log: Logger;
  /** The mail that was looked at last, so that some that stay do not keep the others waiting. */
  #last = 0;

  constructor({ deliver }: BounceMailboxOptions, log: Logger) {
    this.#deliver = deliver;
    this.#log = log;
  }

  async collect(session: ImapSession, signal: AbortSignal): Promise<CollectedMails> {
    const counts = { taken: 0, refused: 0, kept: 0 };
    const uids = await session.waiting();
    const last = this.#last;
    let inARow = 0;
    for (const uid of [...uids.filter((uid) => uid > last), ...uids.filter((uid) => uid <= last)]) {
      if (signal.aborted || inARow === keptInARow) break;
      const mail = await session.read(uid);
      this.#last = uid;
      if (mail === undefined) continue;
      const outcome = await this.#handOver(mail, uid);
      counts[outcome]++;
      inARow = outcome === "kept" ? inARow + 1 : 0;
      if (outcome === "taken") await session.markDone(uid);
      else if (outcome === "refused") await session.putAside(uid);
    }
    return counts;
  }

  async #handOver(mail: Uint8Array, uid: number): Promise<keyof CollectedMails> {
    try {
      const { ok, status } = await this.#deliver(mailRequest(mail));
      if (ok) return "taken";
      const refused = refusals.has(status);
      this.#log.warn({ uid, status }, refused ? "A mail was refused and put aside" : "A mail was not taken and stays");
      return refused ? "refused" : "kept";
    } catch (error) {
      const refused = MailEventError.is(error);
      this.#log.warn({ uid, error }, refused ? "A mail was refused and put aside" : "A mail was not taken and stays");
      return refused ? "refused" : "kept";
    }
  }

  async pauseAfter(error: unknown, waitMs: number, signal: AbortSignal): Promise<void> {
    this.#log.warn({ error, waitMs }, "The mailbox cannot be read; it is tried again");
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    await untilAborted(promise, signal).catch(() => undefined);
    clearTimeout(timer);
  }
}
