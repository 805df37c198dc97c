import { misconfigured } from "@mail/core";

/** Where a provider takes mail, and how it names the login. */
export interface SmtpPreset {
  /** `{region}` is filled in. */
  readonly host: string;
  /** Host for one region where it differs. */
  readonly regionHosts?: Readonly<Record<string, string>>;
  readonly port: number;
  /** Other names under which people look for it. */
  readonly aliases?: readonly string[];
  /** True where `region` must be given. */
  readonly needsRegion?: boolean;
  /** What user and password are, in plain words. */
  readonly login: string;
}

/** Services with a preset. */
export type SmtpService =
  | "gmail"
  | "workspace-relay"
  | "microsoft365"
  | "outlook"
  | "sendgrid"
  | "mailgun"
  | "ses"
  | "postmark"
  | "postmark-broadcasts"
  | "resend"
  | "brevo"
  | "zoho"
  | "fastmail";

/** Hosts and ports as the providers' own help pages give them, November 2026. */
export const smtpPresets: Readonly<Record<SmtpService, SmtpPreset>> = {
  /** Google Help, "Send email from a printer, scanner, or app". */
  gmail: {
    host: "smtp.gmail.com",
    port: 465,
    login: "Use the whole address and an app password (myaccount.google.com/apppasswords), or oauth2.",
  },
  /** Google Workspace Admin Help, "Route outgoing SMTP relay messages". */
  "workspace-relay": {
    aliases: ["google-workspace-relay", "google-workspace"],
    host: "smtp-relay.gmail.com",
    port: 587,
    login: "Allow this machine's address in the Admin console, or log in; set `name` to a real domain.",
  },
  /** Microsoft Learn, "How to set up a multifunction device to send email". */
  microsoft365: {
    aliases: ["office365", "outlook365"],
    host: "smtp.office365.com",
    port: 587,
    login: "Use oauth2; passwords work only while SMTP AUTH is enabled for the mailbox.",
  },
  /** Microsoft Support, "POP, IMAP, and SMTP settings for Outlook.com". */
  outlook: {
    aliases: ["outlook.com", "hotmail"],
    host: "smtp-mail.outlook.com",
    port: 587,
    login: "Outlook.com takes oauth2 only.",
  },
  /** SendGrid docs, "Integrating with the SMTP API". */
  sendgrid: {
    host: "smtp.sendgrid.net",
    port: 587,
    login: "The user is the word apikey, the password the API key.",
  },
  /** Mailgun docs, "Sending via SMTP". */
  mailgun: {
    host: "smtp.mailgun.org",
    regionHosts: { us: "smtp.mailgun.org", eu: "smtp.eu.mailgun.org" },
    port: 587,
    login: "Use the domain's SMTP login (postmaster@your-domain) and its password, not the API key.",
  },
  /** Amazon SES developer guide, "Connecting to an Amazon SES SMTP endpoint". */
  ses: {
    host: "email-smtp.{region}.amazonaws.com",
    port: 587,
    needsRegion: true,
    login: "The password is derived from the secret key: give auth.awsSecretAccessKey, or the SMTP password as pass.",
  },
  /** Postmark, "Send email with SMTP". */
  postmark: { host: "smtp.postmarkapp.com", port: 587, login: "The server token is both user and password." },
  /** Postmark, "Message Streams": broadcasts have a host of their own. */
  "postmark-broadcasts": {
    host: "smtp-broadcasts.postmarkapp.com",
    port: 587,
    login: "The server token is both user and password.",
  },
  /** Resend docs, "Send emails using SMTP". */
  resend: { host: "smtp.resend.com", port: 465, login: "The user is the word resend, the password the API key." },
  /** Brevo Help, "Send transactional emails using Brevo SMTP". */
  brevo: { host: "smtp-relay.brevo.com", port: 587, login: "Use the SMTP login and an SMTP key, not the API key." },
  /** Zoho Mail Help, "SMTP configuration"; each data centre has its own top-level domain. */
  zoho: {
    host: "smtp.zoho.{region}",
    regionHosts: { default: "smtp.zoho.com" },
    port: 465,
    login: "Use the address and an app password; `region` must be that of the account (com, eu, in …).",
  },
  /** Fastmail Help, "Server names and ports". */
  fastmail: { host: "smtp.fastmail.com", port: 465, login: "Use the address and an app password." },
};

/** A service's host and port. @throws MailError `configuration` for an unknown name or a missing region */
export function presetFor(service: string, region: string | undefined): { host: string; port: number } {
  const preset = Object.entries<SmtpPreset>(smtpPresets).find(([name, { aliases = [] }]) =>
    [name, ...aliases].some((known) => plain(known) === plain(service)),
  )?.[1];
  if (preset === undefined) {
    const known = Object.keys(smtpPresets).join(", ");
    throw misconfigured("service", `is unknown: ${service}`, `Known: ${known}. For others give host and port.`);
  }
  if (region === undefined && preset.needsRegion)
    throw misconfigured("region", `is missing for ${service}`, "Give the region, such as eu-west-1.");
  if (region !== undefined && !/^[a-z0-9.-]+$/i.test(region))
    throw misconfigured("region", "has characters that no region has", "Write it as in eu-west-1.");
  const hosts = new Map(Object.entries(preset.regionHosts ?? {}));
  const host = hosts.get(region ?? "default") ?? preset.host.replace("{region}", region ?? "");
  return { host, port: preset.port };
}

/** A name without case and punctuation, so that "Microsoft 365" is found too. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** How to log in at a host that a preset knows. */
export function loginHint(host: string): string | undefined {
  return Object.values<SmtpPreset>(smtpPresets).find((preset) => {
    const hosts = [preset.host, ...Object.values(preset.regionHosts ?? {})];
    return hosts.some((pattern) => pattern === host || isRegionOf(pattern, host));
  })?.login;
}

function isRegionOf(pattern: string, host: string): boolean {
  const [before, after] = pattern.split("{region}");
  return after !== undefined && host.startsWith(before ?? "") && host.endsWith(after);
}
