import { type Address, formatAddress } from "./address.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/** Longest list of original recipients in a header, in characters; every provider takes values up to 995. */
const maxLength = 900;

/** The mail for other recipients, the original ones kept in `X-Original-To`, `-Cc` and `-Bcc`. For staging. */
export function redirect(mail: PreparedMessage, to: readonly Address[]): PreparedMessage {
  const original = { "X-Original-To": mail.to, "X-Original-Cc": mail.cc, "X-Original-Bcc": mail.bcc };
  const kept = Object.entries(mail.headers).filter(([name]) => !/^x-original-(?:to|cc|bcc)$/i.test(name));
  const added = Object.entries(original).flatMap(([name, list]) =>
    list.length === 0 ? [] : [[name, listAddresses(list)]],
  );
  const envelope = { ...mail.envelope, to: [...new Set(to.map(({ address }) => address))] };
  return Object.freeze({ ...mail, to, cc: [], bcc: [], envelope, headers: Object.fromEntries([...kept, ...added]) });
}

function listAddresses(list: readonly Address[]): string {
  let text = "";
  for (const [index, mailbox] of list.entries()) {
    const whole = formatAddress(mailbox);
    const next = `${index === 0 ? "" : ", "}${whole.length > maxLength / 2 ? mailbox.address : whole}`;
    if (text.length + next.length > maxLength) return `${text}, and ${list.length - index} more`;
    text += next;
  }
  return text;
}
