import { type Address, parseAddress } from "@mail/core";

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
  const mailboxes = splitList(withoutGroup(list)).map(parseMailbox);
  return mailboxes.every((mailbox) => mailbox !== undefined) ? mailboxes : undefined;
}

/** `group: a@b, c@d;` (RFC 5322 section 3.4) is what stands in it. */
function withoutGroup(list: string): string {
  return /^[^"<>@,;:]*:(.*);\s*$/s.exec(list)?.[1] ?? list;
}

/** More than any provider takes: what follows is not looked at. */
const maxEntries = 10_000;

/** Splits at commas outside of quotes and angle brackets. */
function splitList(list: string): readonly string[] {
  const entries: string[] = [];
  let entry = "";
  let quoted = false;
  let angled = false;
  for (let index = 0; index < list.length && entries.length < maxEntries; index++) {
    const character = list[index] ?? "";
    if (quoted && character === "\\") {
      entry += character + (list[++index] ?? "");
      continue;
    }
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "<" || character === ">")) angled = character === "<";
    if (character === "," && !quoted && !angled) {
      entries.push(entry);
      entry = "";
    } else entry += character;
  }
  return [...entries, entry].map((text) => text.trim()).filter((text) => text !== "");
}

/** `Name <a@b>` or `a@b`, the name in whatever form. */
function parseMailbox(text: string): Address | undefined {
  const [, name, address] = /^(.*?)<([^<>]*)>$/s.exec(text) ?? [];
  if (address === undefined) return mailboxOf(text);
  const quoted = /^"(.*)"$/s.exec(name?.trim() ?? "")?.[1];
  return mailboxOf(address.trim(), quoted?.replace(/\\(.)/gs, "$1") ?? name);
}
