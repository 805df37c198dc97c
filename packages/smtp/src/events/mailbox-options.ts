import type { ConnectionOptions } from "node:tls";
import { checkOptions, isLoopback, type Logger, misconfigured, type OptionRules, timeLimitRule } from "@mail/core";

export interface ImapAuth {
  readonly user: string | undefined;
  readonly pass?: string | undefined;
  /** Instead of `pass`: a token of OAuth 2.0. */
  readonly accessToken?: string | undefined;
}

export interface ImapOptions {
  readonly host: string | undefined;
  /** Default 993; 143 with `secure: false`. */
  readonly port?: number | undefined;
  /** TLS from the first byte. Default: true, but for port 143. Without it, STARTTLS must be there; except on loopback hosts. */
  readonly secure?: boolean | undefined;
  /** A function is asked at each connection, for tokens that expire. */
  readonly auth: ImapAuth | (() => ImapAuth | Promise<ImapAuth>);
  /** Options of Node's `tls.connect`. Certificates are verified and TLS is 1.2 or newer unless changed here. */
  readonly tls?: ConnectionOptions | undefined;
}

export interface BounceMailboxOptions {
  readonly imap: ImapOptions;
  /**
   * Takes a mail, such as `(request) => tracker.handle(request, "smtp")`. A mail is done once the answer is 2xx; one that
   * is refused (400, 401, 406, 413, 415, 422, or a `MailEventError` thrown) is put aside; with any other answer, and with
   * any other error thrown, it stays and comes again.
   */
  readonly deliver: (request: Request) => Response | Promise<Response>;
  /** Default `"INBOX"`. */
  readonly mailbox?: string | undefined;
  /** Where mails that are done go. Default: they stay, marked as read. */
  readonly moveTo?: string | undefined;
  /** How often to look without being told of new mail, in milliseconds; also after a mail that stayed. Default 60,000. */
  readonly pollMs?: number | undefined;
  /** Warned of mails that are put aside or stay, and of lost connections. */
  readonly logger?: Logger | undefined;
}

const rules: OptionRules<BounceMailboxOptions> = {
  imap: { type: "object", required: true },
  deliver: { type: "function", required: true },
  mailbox: { type: "string" },
  moveTo: { type: "string" },
  pollMs: timeLimitRule,
  logger: { type: "object" },
};

const imapRules: OptionRules<ImapOptions> = {
  host: { type: "string", required: true },
  port: { type: "integer", min: 1, max: 65_535 },
  secure: { type: "boolean" },
  auth: { type: ["object", "function"], required: true },
  tls: { type: "object" },
};

const authRules: OptionRules<ImapAuth> = {
  user: { type: "string", required: true },
  pass: { type: "string" },
  accessToken: { type: "string" },
};

/** Where and how to connect. */
export interface ImapEndpoint {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** True: no login without; absent: where it is offered. */
  readonly doSTARTTLS?: true;
  readonly tls: ConnectionOptions;
}

/** @throws MailError `configuration` that names the option */
export function checkMailboxOptions(options: BounceMailboxOptions): void {
  checkOptions("bounceMailbox", options, rules);
  const { imap, mailbox = "INBOX", moveTo } = options;
  checkOptions("bounceMailbox", imap, imapRules, "imap.");
  if (typeof imap.auth === "object") checkAuth(imap.auth);
  if (moveTo === mailbox)
    throw misconfigured("moveTo", "is the mailbox itself", "Name another one, or leave it out to mark mails as read.");
}

/** @throws MailError `configuration` */
export function checkAuth(auth: ImapAuth): void {
  checkOptions("bounceMailbox", auth, authRules, "imap.auth.");
  if ((auth.pass === undefined) !== (auth.accessToken === undefined)) return;
  throw misconfigured(
    "imap.auth",
    "needs pass or accessToken",
    "Set one of the two; an environment variable may be empty.",
  );
}

const implicitTlsPort = 993;
const plainPort = 143;

export function imapEndpoint({ host = "", port, secure = port !== plainPort, tls }: ImapOptions): ImapEndpoint {
  return {
    host,
    port: port ?? (secure ? implicitTlsPort : plainPort),
    secure,
    ...(!secure && !isLoopback(host) && { doSTARTTLS: true as const }),
    tls: { minVersion: "TLSv1.2", ...tls },
  };
}
