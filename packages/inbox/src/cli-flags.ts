import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { misconfigured } from "@mail/core";
import type { InboxBy } from "./inbox-name.ts";
import type { InboxOptions } from "./inbox-options.ts";

/** Parts of an option may come from several flags. */
type FlagOptions = Omit<InboxOptions, "release"> & {
  readonly release?: { readonly url?: string; readonly allow?: readonly string[] };
};

/** One flag of the command; each is also a variable, `--smtp-port` being `MAIL_INBOX_SMTP_PORT`. */
export interface CliFlag {
  readonly name: string;
  /** What stands for the value in the help; absent where the flag stands alone. */
  readonly value?: string;
  readonly help: string;
  /** The options that the value sets. @throws MailError `configuration` */
  readonly read?: (value: string) => FlagOptions;
}

export const cliFlags: readonly CliFlag[] = [
  {
    name: "port",
    value: "PORT",
    help: "page and APIs; 0 picks free ports for all (8025)",
    read: (value) => ({ port: integer(value) }),
  },
  { name: "smtp-port", value: "PORT", help: "SMTP (1025)", read: (value) => ({ smtpPort: integer(value) }) },
  { name: "smtps-port", value: "PORT", help: "SMTP by TLS (1465)", read: (value) => ({ smtpsPort: integer(value) }) },
  { name: "host", value: "ADDRESS", help: "address to listen on (127.0.0.1)", read: (host) => ({ host }) },
  {
    name: "allowed-hosts",
    value: "NAMES",
    help: "further names of this host, by comma, as in a container's",
    read: (value) => ({ allowedHosts: listed(value) }),
  },
  {
    name: "starttls",
    help: "offer STARTTLS to clients that trust the certificate",
    read: () => ({ starttls: "offered" }),
  },
  {
    name: "tls",
    value: "FILE",
    help: "PEM file with key and certificate for SMTP (made at the start)",
    read: (file) => ({ tls: { key: pem(file, "PRIVATE KEY"), cert: pem(file, "CERTIFICATE") } }),
  },
  { name: "ca-file", value: "FILE", help: "write the certificate there that clients must trust" },
  {
    name: "login",
    value: "USER:PASS",
    help: "the only login, and PASS the only API key (any)",
    read: (value) => ({ login: loginFrom(value) }),
  },
  {
    name: "inbox-by",
    value: "KIND",
    help: "inboxes by login, sender-domain or recipient-domain (login)",
    // What is none of them stays for the options' own check to refuse.
    read: (value) => ({ inboxBy: value as InboxBy }),
  },
  {
    name: "data",
    value: "FILE",
    help: "keep mails in this SQLite file (in memory)",
    read: (dataFile) => ({ dataFile }),
  },
  {
    name: "max-mails",
    value: "COUNT",
    help: "the oldest go when there are more (10000)",
    read: (value) => ({ maxMails: integer(value) }),
  },
  {
    name: "max-bytes",
    value: "BYTES",
    help: "the oldest go when they are larger (268435456)",
    read: (value) => ({ maxBytes: integer(value) }),
  },
  {
    name: "max-message-bytes",
    value: "BYTES",
    help: "largest mail or request (67108864)",
    read: (value) => ({ maxMessageBytes: integer(value) }),
  },
  { name: "webhook-sendgrid", value: "URL", help: "where SendGrid's events go", read: webhook("sendgrid") },
  { name: "webhook-mailgun", value: "URL", help: "where Mailgun's events go", read: webhook("mailgun") },
  { name: "webhook-ses", value: "URL", help: "where Amazon SES's events go", read: webhook("ses") },
  { name: "webhook-smtp", value: "URL", help: "where bounce mails go, as smtp://host:port", read: webhook("smtp") },
  { name: "webhook-keys", value: "FILE", help: "keys that sign webhooks, made if not there (made at each start)" },
  {
    name: "topic-arn",
    value: "ARN",
    help: "the SNS topic of SES's events (arn:aws:sns:us-east-1:123456789012:ses-events)",
    read: (topicArn) => ({ topicArn }),
  },
  {
    name: "sns-signature-version",
    value: "1|2",
    help: "1 signs with SHA-1, 2 with SHA-256 (1)",
    // What is neither stays for the options' own check to refuse.
    read: (value) => ({ snsSignatureVersion: value as "1" | "2" }),
  },
  {
    name: "signing-cert-url",
    value: "URL",
    help: "SigningCertURL of SNS messages (the inbox's own)",
    read: (signingCertUrl) => ({ signingCertUrl }),
  },
  {
    name: "check-private-links",
    help: "checks of links may reach this machine and private networks",
    read: () => ({ checkPrivateLinks: true }),
  },
  {
    name: "release-url",
    value: "URL",
    help: "mails can be sent on by this MAIL_URL, to those whom --release-allow names",
    read: (url) => ({ release: { url } }),
  },
  {
    name: "release-allow",
    value: "ADDRESSES",
    help: "to whom, by comma, as in *@acme.example,ada@example.com",
    read: (value) => ({ release: { allow: listed(value) } }),
  },
  { name: "help", help: "show this" },
  { name: "version", help: "show the version" },
];

/** What the command was told. */
export interface CliCall {
  readonly options: InboxOptions;
  readonly caFile: string | undefined;
  readonly webhookKeysFile: string | undefined;
  readonly show: "help" | "version" | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A flag goes before its variable; an empty variable counts as absent. @throws MailError `configuration` */
export function cliCall(args: readonly string[], environment: Environment): CliCall {
  const told = fromArguments(args);
  const show = "help" in told ? "help" : "version" in told ? "version" : undefined;
  const values = show === undefined ? { ...fromEnvironment(environment), ...told } : {};
  let options: FlagOptions = {};
  for (const { name, read } of cliFlags) {
    const value = values[name];
    if (value === undefined || read === undefined) continue;
    const { webhooks, release, ...more } = read(value);
    options = {
      ...options,
      ...more,
      ...(webhooks && { webhooks: { ...options.webhooks, ...webhooks } }),
      ...(release && { release: { ...options.release, ...release } }),
    };
  }
  const { release, ...others } = options;
  return {
    options: { ...others, ...(release && { release: { url: "", allow: [], ...release } }) },
    caFile: values["ca-file"],
    webhookKeysFile: values["webhook-keys"],
    show,
  };
}

/** The flag that sets an option, to be named in errors. */
export function flagOf(option: string): string | undefined {
  const name = option
    .replaceAll(".", "-")
    .replace("webhooks", "webhook")
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const flag = { "data-file": "data" }[name] ?? name;
  return cliFlags.some((known) => known.name === flag) ? `--${flag}` : undefined;
}

export function variableOf(flag: string): string {
  return `MAIL_INBOX_${flag.replaceAll("-", "_").toUpperCase()}`;
}

function fromArguments(args: readonly string[]): Readonly<Record<string, string>> {
  const known = cliFlags.map(
    ({ name, value }) => [name, { type: value === undefined ? "boolean" : "string" }] as const,
  );
  try {
    const { values } = parseArgs({ args: [...args], options: Object.fromEntries(known) });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw misconfigured("arguments", reason, "See `mail-inbox --help`.");
  }
}

function fromEnvironment(environment: Environment): Readonly<Record<string, string>> {
  const asked = cliFlags.filter(({ read, value }) => read !== undefined || value !== undefined);
  const set = asked.flatMap(({ name, value }) => {
    const text = environment[variableOf(name)] ?? "";
    const off = text === "" || (value === undefined && ["0", "false", "no", "off"].includes(text.toLowerCase()));
    return off ? [] : [[name, text] as const];
  });
  return Object.fromEntries(set);
}

function listed(text: string): readonly string[] {
  return text.split(",").map((entry) => entry.trim());
}

/** What is no number stays for the options' own check to refuse. */
function integer(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function loginFrom(text: string): { user: string; pass: string } {
  const colon = text.indexOf(":");
  if (colon < 1) throw misconfigured("login", "is no USER:PASS", "Write --login ada:secret.");
  return { user: text.slice(0, colon), pass: text.slice(colon + 1) };
}

function pem(file: string, kind: "PRIVATE KEY" | "CERTIFICATE"): string {
  const blocks = readText(file).match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  const wanted = blocks.filter((block) => block.includes(`${kind}-----`));
  if (wanted.length > 0) return wanted.join("\n");
  throw misconfigured("tls", `${file} holds no ${kind}`, "Write key and certificate into one file, as PEM.");
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw misconfigured("tls", `${file} cannot be read: ${reason}`, "Name a PEM file with key and certificate.");
  }
}

function webhook(provider: "sendgrid" | "mailgun" | "ses" | "smtp"): (url: string) => FlagOptions {
  return (url) => ({ webhooks: { [provider]: url } });
}
