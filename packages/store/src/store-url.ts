import { misconfigured } from "@mail/core";

/**
 * Checks a server's URL.
 * @returns what must not be seen in an error
 * @throws MailError `configuration` for `url`, without showing it
 */
export function checkStoreUrl(text: string, schemes: readonly string[], example: string): readonly string[] {
  const hint = `Write it as ${example}, special characters in user and password percent-encoded.`;
  if (!URL.canParse(text)) throw misconfigured("url", "cannot be read as a URL", hint);
  const url = new URL(text);
  if (!schemes.includes(url.protocol.slice(0, -1)))
    throw misconfigured("url", `has the scheme ${url.protocol}//`, hint);
  try {
    const passwords = [url.password, decodeURIComponent(url.password), url.searchParams.get("password") ?? ""];
    return passwords.filter((password) => password !== "");
  } catch {
    throw misconfigured("url", "has a % that encodes nothing in its password", "Write % as %25.");
  }
}

/** @throws MailError `configuration` unless there is just one of the two */
export function checkUrlOrClient({ url, client }: { readonly url?: unknown; readonly client?: unknown }): void {
  if (url === undefined && client === undefined)
    throw misconfigured("url", "is missing", "Set url, or pass a client; an environment variable may be empty.");
  if (url !== undefined && client !== undefined)
    throw misconfigured("client", "is given beside url", "Leave one of the two out.");
}
