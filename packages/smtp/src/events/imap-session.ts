import { MailError, misconfigured, networkFailure, redactError, untilAborted } from "@mail/core";
import type { ImapFlow } from "imapflow";
import { type BounceMailboxOptions, checkAuth, imapEndpoint } from "./mailbox-options.ts";
import { startBytes } from "./read-start.ts";

/** Mails that nobody has taken yet are unread, and not put aside. */
const waiting = { seen: false, flagged: false, deleted: false };
/** Without a sign of life from the server; IDLE is begun anew before. */
const socketTimeoutMs = 120_000;
const idleMs = 60_000;
/** Without a command, before the server is asked to tell of new mail. */
const beforeIdleMs = 500;
const logoutMs = 5_000;

/** One connection to the mailbox. */
export class ImapSession implements AsyncDisposable {
  readonly #client: ImapFlow;
  readonly #moveTo: string | undefined;
  /** Aborted once the connection is gone, or the signal that it was opened with. */
  readonly #signal: AbortSignal;
  /** True where mail has come since the last search. */
  #hasNews = false;
  #onNews: () => void = () => undefined;

  private constructor(client: ImapFlow, moveTo: string | undefined, signal: AbortSignal) {
    this.#client = client;
    this.#moveTo = moveTo;
    this.#signal = signal;
    client.on("exists", () => {
      this.#hasNews = true;
      this.#onNews();
    });
  }

  /** @throws MailError */
  static async open(
    { imap, mailbox = "INBOX", moveTo }: BounceMailboxOptions,
    signal: AbortSignal,
  ): Promise<ImapSession> {
    const auth = typeof imap.auth === "function" ? await imap.auth() : imap.auth;
    checkAuth(auth);
    const { user = "", ...login } = auth;
    const { ImapFlow } = await import("imapflow").catch((cause: unknown) => {
      throw notInstalled(cause);
    });
    const client = new ImapFlow({
      ...imapEndpoint(imap),
      auth: { user, ...login },
      logger: false,
      socketTimeout: socketTimeoutMs,
      maxIdleTime: idleMs,
      autoIdleDelay: beforeIdleMs,
      // Of a mail no more than its beginning is asked for.
      maxLiteralSize: 2 * startBytes,
    });
    const gone = new AbortController();
    client.on("error", (error) => gone.abort(imapError(error)));
    client.on("close", () => gone.abort(imapError(new Error("the server closed the connection"))));
    const session = new ImapSession(client, moveTo, AbortSignal.any([signal, gone.signal]));
    try {
      await untilAborted(client.connect(), signal);
      const opened = await untilAborted(client.mailboxOpen(mailbox), signal);
      if (opened.readOnly)
        throw misconfigured("mailbox", "is read-only: mails could not be marked", "Change its rights.");
      return session;
    } catch (thrown) {
      client.close();
      // Some servers repeat a login that they refuse.
      const { pass = "", accessToken = "" } = auth;
      throw redactError(imapError(thrown), [pass, accessToken]);
    }
  }

  /** Numbers of mails (UID) that nobody has taken yet. @throws MailError */
  async waiting(): Promise<readonly number[]> {
    this.#hasNews = false;
    const found = await this.#ask(this.#client.search(waiting, { uid: true }));
    if (!Array.isArray(found)) throw refused("was not searched");
    return found;
  }

  /** The beginning of a mail; `undefined` where it is gone. @throws MailError */
  async read(uid: number): Promise<Uint8Array | undefined> {
    // One byte more than is looked at, so that a longer mail is known for one.
    const part = { start: 0, maxLength: startBytes + 1 };
    const mail = await this.#ask(this.#client.fetchOne(uid, { source: part }, { uid: true }));
    return mail === false ? undefined : mail.source;
  }

  /** @throws MailError */
  async markDone(uid: number): Promise<void> {
    const done =
      this.#moveTo === undefined
        ? await this.#client.messageFlagsAdd(uid, ["\\Seen"], { uid: true }).catch(rethrow)
        : await this.#client.messageMove(uid, this.#moveTo, { uid: true }).catch(rethrow);
    if (done === false) throw refused(this.#moveTo === undefined ? "took no mark" : "did not give the mail to moveTo");
  }

  /** @throws MailError */
  async putAside(uid: number): Promise<void> {
    if (await this.#client.messageFlagsAdd(uid, ["\\Flagged"], { uid: true }).catch(rethrow)) return;
    throw refused("took no mark");
  }

  /** Resolves when mail has come since the last search, or after `ms` milliseconds. @throws MailError where the connection is gone */
  async newMail(ms: number): Promise<void> {
    if (this.#hasNews) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onNews = resolve;
    const timer = setTimeout(resolve, ms);
    try {
      await untilAborted(promise, this.#signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#client.usable) return this.#client.close();
    const timer = setTimeout(() => this.#client.close(), logoutMs);
    try {
      await this.#client.logout();
    } catch {
      this.#client.close();
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await untilAborted(answer, this.#signal);
    } catch (thrown) {
      throw imapError(thrown);
    }
  }
}

function rethrow(thrown: unknown): never {
  throw imapError(thrown);
}

function refused(problem: string): MailError {
  return new MailError(`The mailbox ${problem}`, {
    code: "permission",
    hint: "Check the rights of the mailbox, and that moveTo exists where it is set.",
  });
}

function notInstalled(cause: unknown): MailError {
  return new MailError("imapflow is not installed", {
    code: "configuration",
    hint: "bounceMailbox() needs it: npm install imapflow",
    cause,
  });
}

/** What imapflow threw, by its marks and by Node's codes. */
function imapError(thrown: unknown): MailError {
  if (MailError.is(thrown)) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code = "", authenticationFailed, mailboxMissing, tlsFailed }: Error & ImapFailure = error;
  const message = `The mailbox cannot be read: ${error.message}`;
  if (authenticationFailed)
    return new MailError(message, { code: "authentication", hint: "Check imap.auth.", cause: error });
  if (mailboxMissing)
    return new MailError(message, { code: "configuration", field: "mailbox", hint: "Check its name.", cause: error });
  if (tlsFailed) return new MailError(message, { code: "tls", hint: "Check imap.port, secure and tls.", cause: error });
  const known = networkFailure(code);
  const hint = known?.delivery === "not_sent" ? known.hint : "The connection broke: try again.";
  return new MailError(message, { code: known?.code ?? "connection", hint, cause: error });
}

/** What imapflow and Node put on their errors. */
interface ImapFailure {
  readonly code?: string;
  readonly authenticationFailed?: boolean;
  readonly mailboxMissing?: boolean;
  readonly tlsFailed?: boolean;
}
