import { checkApiUrl, isLoopback, misconfigured, type OptionRules, timeLimitRule, urlParts } from "@mail/core";
import type { SendgridClient } from "./sdk-client.ts";

/** As an environment variable gives it; what is unknown is refused. Keeps the known values in an editor's list. */
type AnyString = string & Record<never, never>;

export interface SendgridOptions {
  /** A key with the scope "Mail Send". Required unless `client` brings its own. */
  readonly apiKey?: string | undefined;
  /** Where the account lives, `"global"` or `"eu"` (api.eu.sendgrid.com). Default `"global"`. */
  readonly region?: "global" | "eu" | AnyString | undefined;
  /** Another address of the API, without `/v3`, for proxies and tests. Default: the region's. */
  readonly baseUrl?: string | undefined;
  /** Longest time for one request in milliseconds, connecting and uploading included. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Connections at once; further mails wait for a free one, within `timeoutMs`. A `client` has its own. Default 50. */
  readonly maxConnections?: number | undefined;
  /** SendGrid checks the mail and does not send it. Default `false`. */
  readonly sandboxMode?: boolean | undefined;
  /** A ready-made `MailService` of @sendgrid/mail or `Client` of @sendgrid/client. Default: one of our own. */
  readonly client?: SendgridClient | undefined;
}

export const sendgridRules: OptionRules<SendgridOptions> = {
  apiKey: { type: "string" },
  region: { type: "string", oneOf: ["global", "eu"] },
  baseUrl: { type: "string" },
  timeoutMs: timeLimitRule,
  maxConnections: { type: "integer", min: 1 },
  sandboxMode: { type: "boolean" },
  client: { type: "object" },
};

/** SDK reference, "Data residency". */
const regionUrls = { global: "https://api.sendgrid.com", eu: "https://api.eu.sendgrid.com" } as const;

/** Checks what the rules cannot. @throws MailError `configuration` */
export function checkSendgridOptions({ apiKey, region, baseUrl, maxConnections, client }: SendgridOptions): void {
  if (apiKey === undefined && client === undefined)
    throw misconfigured("apiKey", "is missing in sendgrid()", "Set apiKey; an environment variable may be empty.");
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey))
    throw misconfigured("apiKey", "has spaces or characters beyond ASCII", "Copy the key again; it starts with SG.");
  if (maxConnections !== undefined && client !== undefined)
    throw misconfigured("maxConnections", "is given beside a client", "Give the client an agent with maxSockets.");
  if (baseUrl === undefined) return;
  if (region !== undefined) throw misconfigured("region", "is given beside baseUrl", "Leave one of them out.");
  checkApiUrl(baseUrl, "baseUrl");
}

/** The API's address; `undefined` where a ready-made client knows it. */
export function apiUrl({ region, baseUrl, client }: SendgridOptions): string | undefined {
  if (baseUrl !== undefined) return checkApiUrl(baseUrl, "baseUrl");
  return region === undefined && client !== undefined ? undefined : regionUrls[region === "eu" ? "eu" : "global"];
}

/**
 * `sendgrid://KEY@default`; another host is a stand-in for the API: `http` on loopback, else `https`.
 * @throws MailError `configuration`
 */
export function sendgridOptionsFromUrl(url: URL): Pick<SendgridOptions, "apiKey" | "baseUrl"> {
  const { user, password, host = "default" } = urlParts(url);
  if (password !== undefined)
    throw misconfigured("url", "has a password", "Write sendgrid://KEY@default: the key stands alone before the @.");
  const path = url.pathname.replace(/\/+$/, "");
  if (host !== "default")
    return { apiKey: user, baseUrl: `${isLoopback(host) ? "http" : "https"}://${url.host}${path}` };
  if (url.port !== "" || path !== "")
    throw misconfigured(
      "url",
      "has a port or a path after `default`",
      "Write sendgrid://KEY@host:port for another host.",
    );
  return { apiKey: user };
}
