import { misconfigured } from "@mail/core";

/**
 * Checks a broker's URL.
 * @returns what must not be seen in an error
 * @throws MailError `configuration` for the option, without showing it
 */
export function checkServerUrl(
  field: string,
  text: string,
  schemes: readonly string[],
  example: string,
): readonly string[] {
  const hint = `Write it as ${example}, special characters in user and password percent-encoded.`;
  if (!URL.canParse(text)) throw misconfigured(field, "cannot be read as a URL", hint);
  const { protocol, hostname, username, password } = new URL(text);
  if (!schemes.includes(protocol.slice(0, -1))) throw misconfigured(field, `has the scheme ${protocol}//`, hint);
  if (hostname === "") throw misconfigured(field, "has no host", hint);
  try {
    const decoded = decodeURIComponent(password);
    decodeURIComponent(username);
    return [password, decoded].filter((secret) => secret !== "");
  } catch {
    throw misconfigured(field, "has a % that encodes nothing in its user or password", "Write % as %25.");
  }
}
