import { domainToASCII } from "node:url";
import { checkApiUrl, misconfigured, type OptionRules, timeLimitRule, urlParts } from "@mail/core";
import type { MailgunClient } from "./mailgun-client.ts";

/** As an environment variable gives it; what is unknown is refused. Keeps the known values in an editor's list. */
type AnyString = string & Record<never, never>;

export interface MailgunOptions {
  /** A private API key or the domain's sending key. Required unless `client` brings its own. */
  readonly apiKey?: string | undefined;
  /** The sending domain, as named at Mailgun. Required; `undefined` is what an unset environment variable gives. */
  readonly domain: string | undefined;
  /** Where the domain was set up, `"us"` or `"eu"` (api.eu.mailgun.net). Default `"us"`. */
  readonly region?: "us" | "eu" | AnyString | undefined;
  /** Another address of the API, without `/v3`, for proxies and tests. Default: the region's. */
  readonly baseUrl?: string | undefined;
  /** Longest time for one request in milliseconds, connecting and uploading included. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Connections at once; further mails wait for a free one, within `timeoutMs`. A `client` has its own. Default 50. */
  readonly maxConnections?: number | undefined;
  /** Mailgun takes the mail, bills it and does not deliver it. Default `false`. */
  readonly testMode?: boolean | undefined;
  /** A ready-made client of mailgun.js, made with the global `FormData`. Default: one of our own. */
  readonly client?: MailgunClient | undefined;
}

export const mailgunRules: OptionRules<MailgunOptions> = {
  apiKey: { type: "string" },
  domain: { type: "string", required: true },
  region: { type: "string", oneOf: ["us", "eu"] },
  baseUrl: { type: "string" },
  timeoutMs: timeLimitRule,
  maxConnections: { type: "integer", min: 1 },
  testMode: { type: "boolean" },
  client: { type: "object" },
};

/** API reference, "Base URLs". */
const regionUrls = { us: "https://api.mailgun.net", eu: "https://api.eu.mailgun.net" } as const;

const domainName = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What the client needs, checked and with defaults. */
export interface MailgunSettings {
  readonly apiKey: string | undefined;
  /** ASCII, lower-case: it becomes part of a path. */
  readonly domain: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly maxConnections: number;
  readonly testMode: boolean;
}

/** Checks what the rules cannot. @throws MailError `configuration` that names the option */
export function mailgunSettings(options: MailgunOptions): MailgunSettings {
  const { apiKey, domain: name = "", region, baseUrl, timeoutMs = 60_000, testMode = false, client } = options;
  const { maxConnections = 50 } = options;
  if (apiKey === undefined && client === undefined)
    throw misconfigured("apiKey", "is missing in mailgun()", "Set apiKey; an environment variable may be empty.");
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey))
    throw misconfigured("apiKey", "has spaces or characters beyond ASCII", "Copy the key again.");
  if (client !== undefined && typeof client.messages?.create !== "function")
    throw misconfigured("client", "has no messages.create()", "Pass new Mailgun(FormData).client({ … }).");
  if (client !== undefined && options.maxConnections !== undefined)
    throw misconfigured("maxConnections", "is given beside a client", "Leave it out: the client has its own.");
  const domain = /[/?#@:\\%\s]/.test(name) ? "" : domainToASCII(name).toLowerCase();
  if (!domainName.test(domain))
    throw misconfigured("domain", "is no domain name", "Write the sending domain alone, such as mg.acme.example.");
  const url = baseUrl === undefined ? regionUrls[region === "eu" ? "eu" : "us"] : checkApiUrl(baseUrl, "baseUrl");
  return { apiKey, domain, url, timeoutMs, maxConnections, testMode };
}

/** `mailgun://KEY@mg.acme.example?region=eu`: the host is the sending domain. @throws MailError `configuration` */
export function mailgunOptionsFromUrl(url: URL): { readonly apiKey: string | undefined; readonly domain: string } {
  const { user, password, host, port } = urlParts(url);
  const wanted = "Write mailgun://KEY@mg.acme.example: the key, then the sending domain.";
  if (password !== undefined) throw misconfigured("url", "has a password beside the key", wanted);
  if (port !== undefined || /[^/]/.test(url.pathname)) {
    throw misconfigured(
      "url",
      "has a port or a path after the domain",
      `${wanted} Another address goes into ?baseUrl=.`,
    );
  }
  if (host === undefined) throw misconfigured("domain", "is missing in the URL", wanted);
  if (user === undefined) throw misconfigured("apiKey", "is missing in the URL", wanted);
  return { apiKey: user, domain: decodedHost(host) };
}

/** The URL of an unknown scheme keeps an international host percent-encoded (WHATWG URL, "opaque host"). */
function decodedHost(host: string): string {
  try {
    return decodeURIComponent(host);
  } catch {
    return host;
  }
}
