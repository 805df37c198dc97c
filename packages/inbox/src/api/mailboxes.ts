import { type Address, parseAddress } from "@mail/core";
import addressparser from "nodemailer/lib/addressparser";

/** One mailbox, checked by the core's rules; `undefined` where it is none. */
export function mailboxOf(address: string, name?: string): Address | undefined {
  try {
    const plainName = name?.replace(/\p{Cc}+/gu, " ").trim();
    return parseAddress(plainName === undefined || plainName === "" ? { address } : { name: plainName, address }, "to");
  } catch {
    return undefined;
  }
}

/** The mailboxes of an address list as a header or a form holds them; `undefined` where one is not valid. */
export function mailboxesOf(list: string): readonly Address[] | undefined {
  if (/[\r\n\0]/.test(list.trim())) return undefined;
  const parsed = addressparser(list, { flatten: true });
  const mailboxes = parsed.map(({ name, address }) => mailboxOf(address ?? "", name));
  return mailboxes.every((mailbox) => mailbox !== undefined) ? mailboxes : undefined;
}
