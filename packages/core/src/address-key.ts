import { domainToASCII } from "node:url";

/**
 * What all spellings of one address have in common, to compare by: lower case, no quotes that are not needed (RFC 5321
 * section 4.1.2), the domain IDNA-encoded. What is no address comes back in lower case.
 */
export function addressKey(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  const local = at === -1 ? "" : `${unquoted(address.slice(0, at))}@`;
  return `${local.normalize("NFC").toLowerCase()}${domainToASCII(domain) || domain.toLowerCase()}`;
}

/** RFC 5321 section 4.1.2, RFC 6531 section 3.3. */
const dotString = /^[^\s\p{Cc}"(),.:;<>@[\]\\]+(?:\.[^\s\p{Cc}"(),.:;<>@[\]\\]+)*$/u;

function unquoted(local: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(local)?.[1];
  if (quoted === undefined) return local;
  const text = quoted.replaceAll(/\\(.)/gs, "$1");
  return dotString.test(text) ? text : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
