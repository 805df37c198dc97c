import { askLink, type LinkAsking } from "./ask-link.ts";

/** What came of following a link. */
export interface FollowedLink {
  readonly url: string;
  /** Of the last answer; absent where there was none. */
  readonly status?: number;
  /** Where it led, in order. */
  readonly redirects: readonly string[];
  readonly error?: string;
}

const maxLinks = 100;
const maxRedirects = 5;
const atOnce = 6;
/** Servers that know no HEAD say so by these (RFC 9110 sections 15.5.6 and 15.6.2). */
const knowsNoHead: ReadonlySet<number> = new Set([405, 501]);
const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Follows the first 100 links to web pages, six at once, by HEAD where servers know it. */
export async function followLinks(urls: readonly string[], asking: LinkAsking): Promise<readonly FollowedLink[]> {
  const web = [...new Set(urls)].filter((url) => isWeb(URL.parse(url))).slice(0, maxLinks);
  const followed: FollowedLink[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < web.length && !asking.signal.aborted; at = next++)
      followed[at] = await followLink(web[at] ?? "", asking);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return followed;
}

async function followLink(url: string, asking: LinkAsking): Promise<FollowedLink> {
  const redirects: string[] = [];
  let status: number | undefined;
  const ended = (error?: string): FollowedLink => ({
    url,
    redirects,
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
  });
  let here = URL.parse(url);
  try {
    while (isWeb(here)) {
      const reply = await reach(here, asking);
      status = reply.status;
      if (!redirecting.has(status) || reply.location === undefined) return ended();
      if (redirects.length === maxRedirects) return ended(`more than ${maxRedirects} redirects`);
      here = URL.parse(reply.location, here.href);
      redirects.push(here?.href ?? reply.location);
    }
    return ended("a redirect leads to no web page");
  } catch (thrown) {
    status = undefined;
    return ended(reasonOf(thrown, asking.timeoutMs));
  }
}

async function reach(url: URL, asking: LinkAsking): ReturnType<typeof askLink> {
  const reply = await askLink(url, "HEAD", asking);
  return knowsNoHead.has(reply.status) ? askLink(url, "GET", asking) : reply;
}

function isWeb(url: URL | null): url is URL {
  return url?.protocol === "http:" || url?.protocol === "https:";
}

function reasonOf(thrown: unknown, timeoutMs: number): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause instanceof Error ? thrown.cause : thrown;
  if (cause.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  const [first] = cause instanceof AggregateError ? cause.errors : [cause];
  return first instanceof Error && first.message !== "" ? first.message : cause.message;
}
