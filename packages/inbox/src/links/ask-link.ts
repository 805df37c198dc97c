import { lookup as systemLookup } from "node:dns";
import { request as requestInClear } from "node:http";
import { request as requestByTls } from "node:https";
import { isIP, type LookupFunction } from "node:net";

/** How links are asked. */
export interface LinkAsking {
  /** Whether an IP address may be reached. */
  readonly mayReach: (address: string) => boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Default: the system's. */
  readonly lookup?: LookupFunction | undefined;
}

export interface LinkReply {
  readonly status: number;
  readonly location?: string | undefined;
}

/**
 * Sends one request without a body and reads the status alone. The address is checked as the connection is made, so that
 * a name which changes its address in between leads nowhere else. @throws Error that says why there is no answer
 */
export function askLink(url: URL, method: "HEAD" | "GET", asking: LinkAsking): Promise<LinkReply> {
  const { mayReach, timeoutMs, signal, lookup = systemLookup as LookupFunction } = asking;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !mayReach(host)) return Promise.reject(new PrivateAddress(host));
  const send = url.protocol === "https:" ? requestByTls : requestInClear;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      // One of its own: the global one may go by a proxy.
      agent: false,
      lookup: checkedLookup(lookup, mayReach),
      headers: { "User-Agent": "mail-inbox link check", Accept: "*/*" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    request.on("response", ({ statusCode = 0, headers: { location } }) => {
      resolve({ status: statusCode, location });
      request.destroy();
    });
    request.on("error", reject);
    request.end();
  });
}

class PrivateAddress extends Error {
  constructor(address: string) {
    super(`${address} is no public address, so it was not asked`);
  }
}

/** Fails where one of the addresses may not be reached, lest the connection falls back to it. */
function checkedLookup(lookup: LookupFunction, mayReach: LinkAsking["mayReach"]): LookupFunction {
  return (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, found) => {
      const addresses = typeof found === "string" ? [{ address: found, family: isIP(found) }] : found;
      const refused = addresses?.find(({ address }) => !mayReach(address));
      const [first] = addresses ?? [];
      if (error !== null) callback(error, "");
      else if (refused !== undefined) callback(new PrivateAddress(refused.address), "");
      else if (options.all) callback(null, addresses);
      else callback(null, first?.address ?? "", first?.family);
    });
}
