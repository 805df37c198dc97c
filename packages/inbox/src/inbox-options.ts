import { misconfigured } from "@mail/core";
import type { Via } from "./caught-mail.ts";
import { type InboxBy, inboxKinds } from "./inbox-name.ts";
import { type OptionKind, problemWith } from "./option-kind.ts";
import { checkRelease, type ReleaseOptions } from "./release/release-options.ts";
import { defaultLimits } from "./stored-mail.ts";
import type { WebhookTargets } from "./webhook.ts";
import type { WebhookPrivateKeys } from "./webhooks/webhook-private-keys.ts";
import { checkedTarget } from "./webhooks/webhook-targets.ts";

export interface InboxOptions {
  /** Port of the page and the APIs; 0 picks free ones, for SMTP too. Default 8025. */
  readonly port?: number | undefined;
  /** Port of SMTP in the clear. Default 1025. */
  readonly smtpPort?: number | undefined;
  /** Port of SMTP by TLS from the first byte. Default 1465. */
  readonly smtpsPort?: number | undefined;
  /** Address to listen on. Default 127.0.0.1, which this machine alone reaches. */
  readonly host?: string | undefined;
  /** Further host names under which the page may be asked for, such as those of a container. Default none. */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * STARTTLS is always accepted. `"offered"` also names it in the answer to EHLO: most clients then use it and want
   * to know the certificate. Default `"accepted"`.
   */
  readonly starttls?: "accepted" | "offered" | undefined;
  /** Key and certificate in PEM for SMTP. Default: made at the start, by an authority of its own. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** The only login and key that are accepted. Default: any, and each is an inbox of its own. */
  readonly login?: { readonly user: string; readonly pass: string } | undefined;
  /**
   * What tells inboxes apart: the login or key, the domain that sends (at Mailgun that of the request, else that of the
   * envelope), or the domain of the first recipient. Default `"login"`.
   */
  readonly inboxBy?: InboxBy | undefined;
  /** SQLite file that keeps the mails. Default: they are kept in memory. */
  readonly dataFile?: string | undefined;
  /** The oldest mails go when there are more. Default 10,000. */
  readonly maxMails?: number | undefined;
  /** The oldest mails go when they are larger, in bytes. Default 256 MB. */
  readonly maxBytes?: number | undefined;
  /** Largest mail or request body in bytes. Default 64 MB. */
  readonly maxMessageBytes?: number | undefined;
  /** Where webhooks go. Default nowhere. */
  readonly webhooks?: WebhookTargets | undefined;
  /** Keys that sign webhooks, in PEM; their public halves are `Inbox.webhookKeys`. Default: made anew. */
  readonly webhookKeys?: Partial<WebhookPrivateKeys> | undefined;
  /** SNS topic of SES's events. Default `arn:aws:sns:us-east-1:123456789012:ses-events`. */
  readonly topicArn?: string | undefined;
  /** 1 signs SNS messages with SHA-1, as topics do at first, 2 with SHA-256. Default `"1"`. */
  readonly snsSignatureVersion?: "1" | "2" | undefined;
  /** `SigningCertURL` of SNS messages, for apps that take amazonaws.com alone. Default: the inbox's own. */
  readonly signingCertUrl?: string | undefined;
  /** Whether checks of links may reach this machine and private networks. Default `false`. */
  readonly checkPrivateLinks?: boolean | undefined;
  /** Sends caught mails on when asked to, to allowed addresses alone. Default: mails stay here. */
  readonly release?: ReleaseOptions | undefined;
}

/** Checked, with defaults. */
export interface InboxSettings {
  readonly port: number;
  readonly smtpPort: number;
  readonly smtpsPort: number;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly starttls: "accepted" | "offered";
  readonly tls: InboxOptions["tls"];
  readonly login: InboxOptions["login"];
  readonly inboxBy: InboxBy;
  readonly dataFile: string | undefined;
  readonly maxMails: number;
  readonly maxBytes: number;
  readonly maxMessageBytes: number;
  readonly webhooks: WebhookTargets;
  readonly webhookKeys: InboxOptions["webhookKeys"];
  readonly topicArn: string | undefined;
  readonly snsSignatureVersion: InboxOptions["snsSignatureVersion"];
  readonly signingCertUrl: string | undefined;
  readonly checkPrivateLinks: boolean;
  readonly release: ReleaseOptions | undefined;
}

const kinds: Readonly<Record<keyof InboxOptions, OptionKind>> = {
  port: { type: "port" },
  smtpPort: { type: "port" },
  smtpsPort: { type: "port" },
  host: { type: "text" },
  allowedHosts: { type: "texts" },
  starttls: { type: "choice", choices: ["accepted", "offered"] },
  tls: { type: "record", required: ["key", "cert"] },
  login: { type: "record", required: ["user", "pass"] },
  inboxBy: { type: "choice", choices: inboxKinds },
  dataFile: { type: "text" },
  maxMails: { type: "count" },
  maxBytes: { type: "count" },
  maxMessageBytes: { type: "count" },
  webhooks: { type: "record", optional: ["sendgrid", "mailgun", "ses", "smtp"] },
  webhookKeys: {
    type: "record",
    optional: ["sendgridPrivateKey", "mailgunSigningKey", "snsPrivateKey", "snsCertificate"],
  },
  topicArn: { type: "text" },
  snsSignatureVersion: { type: "choice", choices: ["1", "2"] },
  signingCertUrl: { type: "text" },
  checkPrivateLinks: { type: "flag" },
  release: { type: "object" },
};

/** @throws MailError `configuration` that names the option, unknown ones too */
export function inboxSettings(options: InboxOptions): InboxSettings {
  checkKinds(options);
  const { port = 8025, webhooks = {} } = options;
  const maxMessageBytes = options.maxMessageBytes ?? Math.min(options.maxBytes ?? largestMessage, largestMessage);
  const maxBytes = options.maxBytes ?? Math.max(defaultLimits.maxBytes, maxMessageBytes);
  if (maxMessageBytes > maxBytes)
    throw misconfigured("maxMessageBytes", "is larger than maxBytes", "Give maxBytes room for one mail at least.");
  for (const [name, target] of Object.entries(webhooks))
    if (target !== undefined) checkedTarget(`webhooks.${name}`, name as Via, target);
  checkLogin(options.login);
  if (options.release !== undefined) checkRelease(options.release);
  return {
    port,
    smtpPort: options.smtpPort ?? (port === 0 ? 0 : 1025),
    smtpsPort: options.smtpsPort ?? (port === 0 ? 0 : 1465),
    host: options.host ?? "127.0.0.1",
    allowedHosts: options.allowedHosts ?? [],
    starttls: options.starttls ?? "accepted",
    tls: options.tls,
    login: options.login,
    inboxBy: options.inboxBy ?? "login",
    dataFile: options.dataFile,
    maxMails: options.maxMails ?? defaultLimits.maxMails,
    maxBytes,
    maxMessageBytes,
    webhooks,
    webhookKeys: options.webhookKeys,
    topicArn: options.topicArn,
    snsSignatureVersion: options.snsSignatureVersion,
    signingCertUrl: options.signingCertUrl,
    checkPrivateLinks: options.checkPrivateLinks ?? false,
    release: options.release,
  };
}

/** Room for the 40 MB that SES takes, in base64. */
const largestMessage = 64 * 1024 * 1024;

function checkLogin(login: InboxOptions["login"]): void {
  if (login === undefined || /^[\x21-\x7e]+$/.test(login.user + login.pass)) return;
  throw misconfigured("login", "has spaces or characters beyond ASCII", "It serves as API key too, so it must be one.");
}

function checkKinds(options: InboxOptions): void {
  const known = `Options: ${Object.keys(kinds).join(", ")}.`;
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name as keyof InboxOptions] : undefined;
    if (kind === undefined) throw misconfigured(name, "is not an option of startInbox()", known);
    const problem = value === undefined ? undefined : problemWith(value, kind);
    if (problem !== undefined) throw misconfigured(name, problem, `Check ${name} in startInbox().`);
  }
}
