/**
 * Whether our own page asks. Browsers say from where a request comes, and no page can change that: `Sec-Fetch-Site`, or
 * `Origin` where they leave it out, as on plain HTTP. A request that says neither is refused.
 */
export function isSameOrigin({ headers, url }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = headers.get("origin") ?? "";
  const host = headers.get("host") ?? new URL(url).host;
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
