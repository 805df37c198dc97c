import type { ReceivedMail } from "./servers/received-mail.ts";

/** How often each recipient's mail was really accepted. */
export function copiesByRecipient(mails: readonly ReceivedMail[]): ReadonlyMap<string, number> {
  const copies = new Map<string, number>();
  for (const address of mails.filter(({ accepted }) => accepted).flatMap(({ recipients }) => recipients))
    copies.set(address, (copies.get(address) ?? 0) + 1);
  return copies;
}
