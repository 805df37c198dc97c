import type { ConnectionOptions } from "node:tls";
import { type Logger, type OptionRules, timeLimitRule } from "@mail/core";
import type { SmtpService } from "./smtp-presets.ts";

/** A login by name and password. */
export interface SmtpAuth {
  readonly user: string | undefined;
  readonly pass?: string | undefined;
  /** Amazon SES: the secret access key from which the password is derived; needs `region`. */
  readonly awsSecretAccessKey?: string | undefined;
}

/** A login by token (XOAUTH2), as nodemailer names the fields. */
export interface SmtpOAuth2 {
  /** The mailbox to log in as. */
  readonly user: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly refreshToken?: string | undefined;
  readonly accessToken?: string | undefined;
  /** When `accessToken` expires, in milliseconds since 1970. */
  readonly expires?: number | undefined;
  /** Token endpoint. Default: Google's. */
  readonly accessUrl?: string | undefined;
  /** Scope asked for with a service account. Default: Google's for mail. */
  readonly scope?: string | undefined;
  /** Service account's client id; needs `privateKey`. */
  readonly serviceClient?: string | undefined;
  /** Service account's private key in PEM. */
  readonly privateKey?: string | undefined;
  /** Further fields of the token request, such as a tenant's. */
  readonly customParams?: Readonly<Record<string, string>> | undefined;
}

/** DKIM signing (RFC 6376), as nodemailer names the fields. */
export interface SmtpDkim {
  readonly domainName: string | undefined;
  readonly keySelector: string | undefined;
  /** PEM. */
  readonly privateKey: string | undefined;
  /** Header names to sign, separated by colons. Default: those of RFC 6376 section 5.4.1, and `List-Unsubscribe-Post`. */
  readonly headerFieldNames?: string | undefined;
  /** Header names never to sign, separated by colons. */
  readonly skipFields?: string | undefined;
}

/** Options of `smtp()`; those that nodemailer has keep nodemailer's names. */
export interface SmtpOptions {
  /** Server name. Default: from `service`. */
  readonly host?: string | undefined;
  /** Default: from `service`, else 465 with `secure: true`, else 587. */
  readonly port?: number | undefined;
  /** TLS from the first byte. Default: true for ports 465 and 2465, else false. */
  readonly secure?: boolean | undefined;
  /** STARTTLS where `secure` is false. Default `"required"`; `"opportunistic"` for loopback hosts. */
  readonly starttls?: "required" | "opportunistic" | undefined;
  /** Options of Node's `tls.connect`. Certificates are verified and TLS is 1.2 or newer unless changed here. */
  readonly tls?: ConnectionOptions | undefined;
  /** A provider whose host and port are known. */
  readonly service?: SmtpService | (string & {}) | undefined;
  /** Region for `service` or for `auth.awsSecretAccessKey`, such as `eu-west-1`. */
  readonly region?: string | undefined;
  readonly auth?: SmtpAuth | undefined;
  readonly oauth2?: SmtpOAuth2 | undefined;
  /** Keeps connections open for further mails. Default true. */
  readonly pool?: boolean | undefined;
  /** Connections at once. Default 5. */
  readonly maxConnections?: number | undefined;
  /** Mails on one connection. Default 100. */
  readonly maxMessages?: number | undefined;
  /** Our name in EHLO. Default: this machine's. */
  readonly name?: string | undefined;
  /** HTTP proxy to connect through, as a URL. */
  readonly proxy?: string | undefined;
  /** Local address to connect from. */
  readonly localAddress?: string | undefined;
  /** Milliseconds for connecting, from DNS to STARTTLS. Default 120,000. */
  readonly connectionTimeout?: number | undefined;
  /** Milliseconds until the greeting. Default 30,000. */
  readonly greetingTimeout?: number | undefined;
  /** Milliseconds without any traffic. Default 600,000 (RFC 5321 section 4.5.3.2.6 asks for ten minutes after the body). */
  readonly socketTimeout?: number | undefined;
  /** Milliseconds for DNS. Default 30,000. */
  readonly dnsTimeout?: number | undefined;
  /** Milliseconds that an unused connection is kept. Default 240,000. */
  readonly idleTimeout?: number | undefined;
  readonly dkim?: SmtpDkim | undefined;
  /** Gets the dialogue at level debug, secrets masked, bodies left out. */
  readonly logger?: Logger | undefined;
}

export const smtpOptionRules: OptionRules<SmtpOptions> = {
  host: { type: "string" },
  port: { type: "integer", min: 1 },
  secure: { type: "boolean" },
  starttls: { type: "string", oneOf: ["required", "opportunistic"] },
  tls: { type: "object" },
  service: { type: "string" },
  region: { type: "string" },
  auth: { type: "object" },
  oauth2: { type: "object" },
  pool: { type: "boolean" },
  maxConnections: { type: "integer", min: 1 },
  maxMessages: { type: "integer", min: 1 },
  name: { type: "string" },
  proxy: { type: "string" },
  localAddress: { type: "string" },
  connectionTimeout: timeLimitRule,
  greetingTimeout: timeLimitRule,
  socketTimeout: timeLimitRule,
  dnsTimeout: timeLimitRule,
  idleTimeout: timeLimitRule,
  dkim: { type: "object" },
  logger: { type: "object" },
};

/** Every value that must not be seen in an error or a log, in the forms in which AUTH sends it too. */
export function smtpSecrets({ auth, oauth2, dkim, proxy }: SmtpOptions): readonly (string | undefined)[] {
  const proxyPassword = proxy !== undefined && URL.canParse(proxy) ? new URL(proxy).password : "";
  return [
    auth?.pass,
    auth?.pass === undefined ? undefined : `\0${auth.user}\0${auth.pass}`,
    auth?.awsSecretAccessKey,
    oauth2?.clientSecret,
    oauth2?.refreshToken,
    oauth2?.accessToken,
    oauth2?.accessToken === undefined
      ? undefined
      : `user=${oauth2.user}\u0001auth=Bearer ${oauth2.accessToken}\u0001\u0001`,
    oauth2?.privateKey,
    ...Object.values(oauth2?.customParams ?? {}),
    dkim?.privateKey,
    proxyPassword === "" ? undefined : decodeURIComponent(proxyPassword),
  ];
}
