import { domainToASCII } from "node:url";
import { domainOf } from "./caught-address.ts";

/** What tells inboxes apart. */
export const inboxKinds = ["login", "sender-domain", "recipient-domain"] as const;
export type InboxBy = (typeof inboxKinds)[number];

/** Where a mail comes from and goes to, as far as it is known. */
export interface MailOrigin {
  /** Name by login or key. */
  readonly inbox?: string | undefined;
  /** The domain that sends for an API which asks for one; goes before that of `from`. */
  readonly domain?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: readonly string[] | undefined;
}

/** Where mails go that come without a login. */
export const defaultInbox = "default";

const maxNameLength = 200;

/** The inbox of one mail: with several recipients, that of the first; by login where there is no domain. */
export function inboxName(by: InboxBy, origin: MailOrigin): string {
  return inboxNames(by, origin)[0] ?? origin.inbox ?? defaultInbox;
}

/** All inboxes that a request may fill. */
export function inboxNames(by: InboxBy, { inbox, domain, from, to = [] }: MailOrigin): readonly string[] {
  if (by === "login") return inbox === undefined ? [] : [inbox];
  const addresses = by === "recipient-domain" ? to : domain === undefined ? [from ?? ""] : [`@${domain}`];
  return addresses.filter((address) => address.includes("@")).map(nameOf);
}

function nameOf(address: string): string {
  const domain = domainOf(address);
  return (domainToASCII(domain) || domain.toLowerCase()).slice(0, maxNameLength);
}
