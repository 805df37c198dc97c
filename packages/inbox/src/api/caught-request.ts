import type { CaughtRequest } from "../caught-mail.ts";

/** Of the copies of one request's body, each beside one of its mails, in characters. */
const maxBodyLength = { one: 1_000_000, all: 8_000_000, least: 20_000 };
const shownKeyLength = 4;

/** Keeps a request for the page, secrets masked; one that makes many mails takes no more room than a few of them. */
export function caughtRequest(request: Request, body: string, mails: number): CaughtRequest {
  const share = Math.floor(maxBodyLength.all / Math.max(1, mails));
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    path: pathname + search,
    headers: Object.fromEntries([...request.headers].map(([name, value]) => [name, maskedHeader(name, value)])),
    body: cut(body, Math.min(maxBodyLength.one, Math.max(maxBodyLength.least, share))),
  };
}

/** What comes last, such as the content behind a thousand recipients, is kept as well. */
function cut(text: string, length: number): string {
  const half = Math.floor(length / 2);
  return text.length <= length
    ? text
    : `${text.slice(0, half)}\n… ${text.length - 2 * half} characters …\n${text.slice(-half)}`;
}

function maskedHeader(name: string, value: string): string {
  if (name === "authorization" || name === "proxy-authorization") return maskedAuthorization(value);
  return name === "cookie" || name === "x-amz-security-token" ? masked(value) : value;
}

/** Leaves the scheme, the user of Basic, and the scope of AWS Signature V4 readable. */
function maskedAuthorization(value: string): string {
  const [scheme = "", rest = ""] = value.split(/ (.*)/s);
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(rest, "base64").toString("utf8");
    const colon = pair.indexOf(":");
    return colon === -1
      ? `${scheme} ${masked(rest)}`
      : `${scheme} ${pair.slice(0, colon)}:${masked(pair.slice(colon + 1))}`;
  }
  if (/^aws4-/i.test(scheme))
    return value
      .replace(/Credential=([^/,\s]*)/, (_, id: string) => `Credential=${masked(id)}`)
      .replace(/Signature=[^,\s]*/, "Signature=…");
  return rest === "" ? masked(value) : `${scheme} ${masked(rest)}`;
}

function masked(secret: string): string {
  return `${secret.slice(0, Math.min(shownKeyLength, Math.floor(secret.length / 2)))}…`;
}
