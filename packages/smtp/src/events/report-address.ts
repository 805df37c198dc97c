/** Longest local part, `@` and domain (RFC 5321 section 4.5.3.1), and room for what RFC 6531 adds. */
const maxLength = 400;

const plain = /^(?:"[^"\p{Cc}]+"|[^\s"<>()[\],;:@\\\p{Cc}]+)@[^\s"<>()[\],;:@\\\p{Cc}]+$/u;

/** An address, with or without `<>`; `undefined` for anything else, such as what was blacked out. */
export function plainAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > maxLength) return undefined;
  const trimmed = text.trim();
  const inner = trimmed.startsWith("<") && trimmed.endsWith(">") ? trimmed.slice(1, -1) : trimmed;
  return plain.test(inner) ? inner : undefined;
}

/** All addresses in a field of them; names are passed over. */
export function addressesIn(value: string): readonly string[] {
  return value.split(/[\s<>,;:"()]+/).flatMap((word) => plainAddress(word) ?? []);
}

/** An address with its type, such as `rfc822; ada@example.com` (RFC 3464 section 2.1.2) or `utf-8; …` (RFC 6533 section 3). */
export function typedAddress(value: string | undefined): string | undefined {
  if (value === undefined || value.length > maxLength) return undefined;
  const [, type = "rfc822", text = ""] = /^(?:([\w-]+)[ \t]*;)?(.*)$/.exec(value) ?? [];
  const known = type.toLowerCase();
  if (known === "utf-8") return plainAddress(text.replace(/\\x\{([0-9A-F]{1,6})\}/g, codePoint));
  return known === "rfc822" ? plainAddress(text) : undefined;
}

function codePoint(written: string, hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : written;
}

/**
 * Undoes xtext (RFC 3461 section 4), where all of it can be: some servers report what they were given in ORCPT and ENVID
 * as it came.
 */
export function fromXtext(text: string): string {
  if (!/^(?:[^+]|\+(?:[2-6][0-9A-F]|7[0-9A-E]))*$/.test(text)) return text;
  return text.replace(/\+([2-7][0-9A-F])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
