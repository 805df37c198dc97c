import type { Html } from "./html.ts";

/** No script, nothing from elsewhere, no frame around it. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

const headers: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": policy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // With `no-referrer` browsers say `Origin: null` of our own forms (Fetch, "append a request Origin header").
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  // Otherwise Chromium looks up the hosts of links that it shows.
  "X-DNS-Prefetch-Control": "off",
  "X-Robots-Tag": "noindex",
};

export function answer(
  status: number,
  body: string | ReadableStream<Uint8Array> | null,
  extra: Readonly<Record<string, string>>,
): Response {
  return new Response(body, { status, headers: { ...headers, ...extra } });
}

export function pageAnswer(status: number, page: Html, extra: Readonly<Record<string, string>> = {}): Response {
  return answer(status, page.text, { "Content-Type": "text/html; charset=utf-8", ...extra });
}

/** To another view, after a change. */
export function seeOther(link: string): Response {
  return answer(303, null, { Location: link });
}
