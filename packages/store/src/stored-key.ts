import { createHash } from "node:crypto";

const longestPlainKey = 200;
const digestPrefix = "sha256:";

/** Of an address (RFC 5321, section 4.5.3.1: 64 octets before the `@` and 255 after it). */
const longestAddress = 320;

/**
 * A key as the stores keep it: as it is where an operator can read it, else its digest. PostgreSQL takes no NUL and no
 * index entry above 2.7 kB, and halves of surrogate pairs would all become the same character.
 */
export function storedKey(key: string, longest: number = longestPlainKey): string {
  const plain = key.length <= longest && key.isWellFormed() && !key.includes("\0") && !key.startsWith(digestPrefix);
  return plain ? key : digestPrefix + createHash("sha256").update(Buffer.from(key, "utf16le")).digest("hex");
}

/** An address as the stores compare it. */
export function addressKey(address: string): string {
  return storedKey(address.toLowerCase(), longestAddress);
}

/** A text for people as all stores can keep it. */
export function storedText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}
