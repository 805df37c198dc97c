import { type Address, encodeHeaderValue, formatAddress } from "@mail/core";

/** A mailbox as SES takes it: the name in encoded-words where it is not ASCII (RFC 2047), in quotes where needed. */
export function sesAddress({ name = "", address }: Address): string {
  const text = name.replaceAll("\t", " ");
  const encoded = encodeHeaderValue(text);
  return encoded === text ? formatAddress({ name: text, address }) : `${encoded} <${address}>`;
}
