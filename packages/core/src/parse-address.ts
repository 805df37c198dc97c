import { isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import type { Address, AddressInput, AddressList } from "./address.ts";
import { headerText, show } from "./invalid.ts";
import { MailError, type MailErrorOptions } from "./mail-error.ts";

type Fail = (problem: string, hint: string) => MailError;

const quoteHint =
  'Write names with special characters in quotes ("Smith, Ada" <ada@example.com>) or as { name, address }.';
const formHint = "Write ada@example.com, Ada <ada@example.com> or { name, address }; one mailbox to a string.";
/** Longest address in bytes (RFC 5321 section 4.5.3.1.3: 256 with the angle brackets). */
const maxAddressBytes = 254;
const maxLocalPartBytes = 64;
/** Longest display name, its quotes and backslashes counted twice: it fits a line with its address (RFC 5322 section 2.1.1). */
const maxNameLength = 600;

const dotAtom = /^[^\p{C}\p{Z}()<>[\]:;@\\,."]+(?:\.[^\p{C}\p{Z}()<>[\]:;@\\,."]+)*$/u;
/** Without angle brackets: readers disagree on them, and some take what is between them for the address. */
const quotedLocalPart = /^"(?:[^"\\<>\p{C}]|\\[\x20-;=?-\x7e])*"$/u;
const domainCharacters = /^[A-Za-z0-9.\-\u{a1}-\u{10ffff}]+$/u;
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * Parses one mailbox (RFC 5322 section 3.4, without comments, groups and obsolete forms). The domain comes back in
 * lower case and IDNA-encoded (RFC 5891), the local part as written.
 * @param code what a bad address is: `invalid_recipient` for recipients, `invalid_message` elsewhere.
 * @throws MailError with `code` and `field`.
 */
export function parseAddress(
  input: AddressInput,
  field: string,
  code: MailErrorOptions["code"] = "invalid_message",
): Address {
  const fail: Fail = (problem, hint) => new MailError(`${field}: ${problem}`, { code, field, hint });
  const text = (value: unknown, what: string): string => {
    if (typeof value !== "string")
      throw fail(`${what} is ${value === null ? "null" : typeof value}, not a string`, formHint);
    try {
      return headerText(value, field);
    } catch (error) {
      throw MailError.is(error) ? fail(error.message.slice(field.length + 2), error.hint ?? formHint) : error;
    }
  };
  if (typeof input === "string") return parseMailbox(text(input, "the address").trim(), fail);
  if (typeof input !== "object" || input === null)
    throw fail(`is ${input === null ? "null" : typeof input}, not an address`, formHint);
  const address = parseAddressSpec(text(input.address, "address").trim(), fail);
  if (input.name === undefined) return { address };
  return mailbox(text(input.name, "name").trim(), address, fail);
}

/** Parses a list of mailboxes; an entry at fault is named by its index. @throws MailError like {@link parseAddress} */
export function parseAddresses(
  input: AddressList | undefined,
  field: string,
  code?: MailErrorOptions["code"],
): readonly Address[] {
  if (input === undefined) return [];
  if (!Array.isArray(input)) return [parseAddress(input as AddressInput, field, code)];
  return input.map((entry: AddressInput, index) => parseAddress(entry, `${field}[${index}]`, code));
}

function parseMailbox(text: string, fail: Fail): Address {
  if (text === "") throw fail("is empty", formHint);
  const open = unquotedIndex(text, "<");
  if (open === -1) return { address: parseAddressSpec(text, fail) };
  if (!text.endsWith(">")) throw fail(`has something after the address: ${show(text)}`, formHint);
  const address = parseAddressSpec(text.slice(open + 1, -1).trim(), fail);
  return mailbox(parseDisplayName(text.slice(0, open).trim(), fail), address, fail);
}

function mailbox(name: string, address: string, fail: Fail): Address {
  const length = name.length + (name.match(/["\\]/g)?.length ?? 0);
  if (length > maxNameLength) throw fail(`has a name of ${length} characters`, `Shorten it to ${maxNameLength}.`);
  return name === "" ? { address } : { name, address };
}

/** Index of a character outside quoted strings, or -1. */
function unquotedIndex(text: string, wanted: string): number {
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "\\" && quoted) index++;
    else if (character === '"') quoted = !quoted;
    else if (character === wanted && !quoted) return index;
  }
  return -1;
}

function parseDisplayName(text: string, fail: Fail): string {
  let name = "";
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (character === '"') {
      const start = ++index;
      while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
      if (index >= text.length) throw fail(`has an open quote: ${show(text)}`, quoteHint);
      name += text.slice(start, index).replace(/\\(.)/gu, "$1");
    } else if (character === "@") throw fail(`holds more than one address: ${show(text)}`, quoteHint);
    else if (",;:()<>[]\\".includes(character)) throw fail(`has ${show(character)} in an unquoted name`, quoteHint);
    else name += character;
  }
  return name.trim();
}

function parseAddressSpec(text: string, fail: Fail): string {
  if (text === "") throw fail("the address is empty", formHint);
  if (Buffer.byteLength(text) > maxAddressBytes * 2) throw fail(`the address is too long: ${show(text)}`, formHint);
  const at = text.lastIndexOf("@");
  if (at === -1) throw fail(`has no @: ${show(text)}`, formHint);
  const local = text.slice(0, at);
  if (local === "" || at === text.length - 1) throw fail(`has nothing on one side of the @: ${show(text)}`, formHint);
  if (!dotAtom.test(local) && !quotedLocalPart.test(local)) {
    throw fail(
      unquotedIndex(local, "@") === -1 && !local.includes(",")
        ? `is not an address: ${show(text)}`
        : `holds more than one address: ${show(text)}`,
      formHint,
    );
  }
  if (Buffer.byteLength(local) > maxLocalPartBytes)
    throw fail(`has more than 64 bytes before the @: ${show(text)}`, formHint);
  const address = `${local}@${parseDomain(text.slice(at + 1), fail)}`;
  if (Buffer.byteLength(address) > maxAddressBytes)
    throw fail(`the address has more than 254 bytes: ${show(text)}`, formHint);
  return address;
}

/** One that stays as it is: neither an international name nor a number in another form. */
const plainDomain = /^(?:[a-z0-9]{1,63}\.)+[a-z]{2,63}$/;

function parseDomain(text: string, fail: Fail): string {
  if (text.startsWith("[") && text.endsWith("]")) {
    const literal = text.slice(1, -1);
    if (isIPv4(literal) || (/^IPv6:/i.test(literal) && isIPv6(literal.slice(5)))) return text;
    throw fail(`has a bad address literal: ${show(text)}`, "Write user@[192.0.2.1] or user@[IPv6:2001:db8::1].");
  }
  if (plainDomain.test(text)) return text;
  const domain = domainCharacters.test(text) && text.isWellFormed() ? domainToASCII(text) : "";
  const labels = domain.split(".");
  const valid = labels.every((part) => part.length <= 63 && label.test(part)) && !/^\d+$/.test(labels.at(-1) ?? "");
  if (!valid) throw fail(`has a bad domain: ${show(text)}`, "Check the part after the @ for typos.");
  return domain;
}

/** True where the local part needs SMTPUTF8 (RFC 6531). */
export function hasInternationalLocalPart(address: string): boolean {
  return !/^[\x20-\x7e]*$/.test(address);
}
