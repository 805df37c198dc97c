import { misconfigured, type OptionRules, urlParts } from "@mail/core";
import type { SendgridClient } from "./sdk-client.ts";

export interface SendgridOptions {
  /** A key with the scope "Mail Send". Required unless `client` brings its own. */
  readonly apiKey?: string | undefined;
  /** Where the account lives. Default `"global"`; `"eu"` is api.eu.sendgrid.com. */
  readonly region?: "global" | "eu" | undefined;
  /** Another address of the API, without `/v3`, for proxies and tests. Default: the region's. */
  readonly baseUrl?: string | undefined;
  /** Longest time for one request in milliseconds, connecting and uploading included. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** SendGrid checks the mail and does not send it. Default `false`. */
  readonly sandboxMode?: boolean | undefined;
  /** A ready-made `MailService` of @sendgrid/mail or `Client` of @sendgrid/client. Default: one of our own. */
  readonly client?: SendgridClient | undefined;
}

export const sendgridRules: OptionRules<SendgridOptions> = {
  apiKey: { type: "string" },
  region: { type: "string", oneOf: ["global", "eu"] },
  baseUrl: { type: "string" },
  timeoutMs: { type: "integer", min: 1 },
  sandboxMode: { type: "boolean" },
  client: { type: "object" },
};

/** SDK reference, "Data residency". */
const regionUrls = { global: "https://api.sendgrid.com", eu: "https://api.eu.sendgrid.com" } as const;

/** Checks what the rules cannot. @throws MailError `configuration` */
export function checkSendgridOptions({ apiKey, region, baseUrl, client }: SendgridOptions): void {
  if (apiKey === undefined && client === undefined)
    throw misconfigured("apiKey", "is missing in sendgrid()", "Set apiKey; an environment variable may be empty.");
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey))
    throw misconfigured("apiKey", "has spaces or characters beyond ASCII", "Copy the key again; it starts with SG.");
  if (baseUrl === undefined) return;
  if (region !== undefined) throw misconfigured("region", "is given beside baseUrl", "Leave one of them out.");
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const plain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (!plain || !["http:", "https:"].includes(url.protocol))
    throw misconfigured("baseUrl", "is no http or https address", "Write https://host, or http://127.0.0.1:8025.");
  if (/\/v3\/*$/.test(url.pathname))
    throw misconfigured("baseUrl", "ends in /v3", "Leave /v3 out: it is added to each request.");
}

/** The API's address; `undefined` where a ready-made client knows it. */
export function apiUrl({ region, baseUrl, client }: SendgridOptions): string | undefined {
  if (baseUrl !== undefined) return baseUrl;
  return region === undefined && client !== undefined ? undefined : regionUrls[region ?? "global"];
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

function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/i.test(host);
}
