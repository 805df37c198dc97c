import { domainToASCII } from "node:url";
import type { Address } from "@mail/core";
import type { Address as ParsedAddress } from "postal-mime";

/** Mailboxes of a header, groups unwrapped. */
export function mailboxes(parsed: readonly ParsedAddress[] | undefined): readonly Address[] {
  return (parsed ?? [])
    .flatMap((entry) => entry.group ?? [entry])
    .filter(({ address }) => address !== "")
    .map(({ name, address }) => (name === "" ? { address } : { name, address }));
}

/** Equal for addresses that reach the same mailbox: case is ignored and the domain IDNA-encoded. */
export function addressKey(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return `${address.slice(0, at + 1)}${domainToASCII(domain) || domain}`.toLowerCase();
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
