import { isIP } from "node:net";
import type { Context, MiddlewareHandler } from "hono";
import { errorAnswer } from "./api-error.ts";
import { closedPolicy } from "./content-policy.ts";

/** On every answer that does not say otherwise. */
const defaults: Readonly<Record<string, string>> = {
  "Content-Security-Policy": closedPolicy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  // Otherwise Chromium looks up the host of each link that it shows, and the sender learns who reads.
  "X-DNS-Prefetch-Control": "off",
};

export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(defaults)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  };
}

/**
 * Answers only when asked for by a known name: a site whose name was pointed at this machine (DNS rebinding) is
 * refused. Addresses are no names, so they need not be known.
 */
export function guardHost(allowed: () => readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const host = hostOf(c);
    if (host !== undefined && (isLoopbackOrAddress(host) || allowed().some((name) => name.toLowerCase() === host)))
      return next();
    return errorAnswer(c, 403, `This inbox is not known as ${host ?? "that host"}.`, {
      field: "Host",
      hint: "Name the host in `allowedHosts`, or ask by 127.0.0.1.",
    });
  };
}

/** Refuses changes that another site's page asks a browser to make. Programs send no Origin. */
export function guardOrigin(): MiddlewareHandler {
  return async (c, next) => {
    if (["GET", "HEAD", "OPTIONS"].includes(c.req.method) || isOwnOrigin(c)) return next();
    return errorAnswer(c, 403, "Another site's page may not change this inbox.", { field: "Origin" });
  };
}

function isOwnOrigin(c: Context): boolean {
  const origin = c.req.header("Origin");
  if (origin === undefined) return !["cross-site", "same-site"].includes(c.req.header("Sec-Fetch-Site") ?? "");
  return (
    URL.canParse(origin) && new URL(origin).host === (c.req.header("Host") ?? new URL(c.req.url).host).toLowerCase()
  );
}

function hostOf(c: Context): string | undefined {
  const url = `http://${c.req.header("Host") ?? new URL(c.req.url).host}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function isLoopbackOrAddress(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || isIP(host.replace(/^\[|\]$/g, "")) !== 0;
}
