import { domainToASCII } from "node:url";
import type { Address } from "@mail/core";

/** An address in one spelling: IDNA-encoded domain in lower case, no empty name. */
export function plainAddress({ name, address }: Address): Address {
  const at = address.lastIndexOf("@");
  const plain = `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`;
  return name === undefined || name === "" ? { address: plain } : { name, address: plain };
}

export function plainAddresses(addresses: readonly Address[]): readonly Address[] {
  return addresses.map(plainAddress);
}

/** Envelope addresses in one spelling and order. */
export function plainRecipients(recipients: readonly string[]): readonly string[] {
  return recipients.map((address) => plainAddress({ address }).address).sort();
}

/** A body in one spelling: SMTP ends lines with CRLF and the last line too (RFC 5321 section 2.3.8). */
export function plainBody(body: string | undefined): string {
  return (body ?? "").replaceAll("\r\n", "\n").replace(/\n+$/, "");
}
