import { domainToASCII } from "node:url";

/**
 * What all spellings of one address have in common, to compare by: lower case, the domain IDNA-encoded. What is no
 * address comes back in lower case.
 */
export function addressKey(address: string): string {
  const at = address.lastIndexOf("@") + 1;
  const domain = address.slice(at);
  return `${address.slice(0, at).normalize("NFC").toLowerCase()}${domainToASCII(domain) || domain.toLowerCase()}`;
}
