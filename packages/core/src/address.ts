/** A mailbox: an optional display name and an address. */
export interface Address {
  readonly name?: string;
  readonly address: string;
}

/** `"Ada <ada@example.com>"`, `"ada@example.com"` or `{ name, address }`: always one mailbox. */
export type AddressInput = string | { readonly name?: string | undefined; readonly address: string };

/** One mailbox or many. */
export type AddressList = AddressInput | readonly AddressInput[];

const needsQuotes = /[^\p{L}\p{N}\p{M} !#$%&'*+/=?^_`{|}~-]/u;

/** Quoted local parts and address literals, which some readers take apart where they stand alone. */
const needsBrackets = /^"|\]$/;

/**
 * Writes a mailbox as in a header (RFC 5322 section 3.4), the name quoted and the address in brackets where needed.
 * Non-ASCII stays as it is.
 */
export function formatAddress({ name, address }: Address): string {
  if (name === undefined || name === "") return needsBrackets.test(address) ? `<${address}>` : address;
  const text = needsQuotes.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : name;
  return `${text} <${address}>`;
}
